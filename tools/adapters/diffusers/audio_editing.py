"""Separate and inpaint audio with ACE-Step, a diffusers pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tools import Audio, BadArgument
from tools.adapters.diffusers.audio_generation import DURATION_ARGUMENTS, to_samples
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.adapters.diffusers.image_editing import PipelineAdapter
from tools.library.audio.fill_sound import GapFiller
from tools.library.audio.separate import Separator
from tools.signal.gap_filling import FADE_S, Gap, crossfade_patch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHORTEST_S = 1.0
"""Shorter audio is padded with silence."""


class DiffusersAudioEditor(PipelineAdapter):
    """Base class of the audio editors.

    Settings: those of Pipeline; `rate`, samples per second.
    """

    def edit_audio(self, audio: Audio, prompt: str, **arguments: Any) -> NDArray[np.float32]:
        """Run the pipeline; return samples in the shape of the input."""
        import torch

        rate = int(self.settings["rate"])
        output = self.pipeline.run(
            seed=0,
            prompt=prompt,
            src_audio=torch.from_numpy(_pipeline_input(audio, rate)),
            output_type="np",
            **dict.fromkeys(DURATION_ARGUMENTS, max(audio.seconds, SHORTEST_S)),
            **arguments,
        )
        return _match_format(audio, Audio(to_samples(output.audios[0]), rate))


class DiffusersSeparator(DiffusersAudioEditor, Separator):
    """Extract one source from a piece of music.

    Settings: `sources`, the sources it can extract; `longest`, in seconds.
    """

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str]) -> None:
        super().__init__(pipeline, settings)
        self.sources = tuple(source.strip() for source in settings["sources"].split(","))

    def extract_source(self, audio: Audio, source: str) -> Audio:
        import numpy as np

        longest_s = float(self.settings["longest"])
        if audio.seconds > longest_s:
            raise BadArgument(
                f"the sound lasts {audio.seconds:.0f} seconds; the model takes {longest_s:g}",
                hint="cut it into shorter parts, as in cut_sound(audio1, 0, 60)",
            )
        track = source.replace(" ", "_")
        samples = self.edit_audio(audio, source, task_type="extract", track_name=track)
        # The pipeline normalises its output: scale it to the peak of the original.
        peak = max(float(np.abs(samples).max()), 1e-6)
        return Audio(samples * (float(np.abs(audio.samples).max()) / peak), audio.rate)


class DiffusersFiller(DiffusersAudioEditor, GapFiller):
    """Inpaint a gap in audio.

    Settings: `around`, seconds of context on either side; `go_on`, the prompt.
    """

    def fill(self, audio: Audio, gap: Gap) -> Audio:
        context = round(float(self.settings["around"]) * audio.rate)
        first, last = max(0, gap.first - context), gap.last + context
        window = Audio(audio.samples[:, first:last], audio.rate)
        gap_span = slice(gap.first - first, gap.last - first)
        samples = self.edit_audio(
            window,
            self.settings["go_on"],
            task_type="repaint",
            repainting_start=gap_span.start / audio.rate,
            repainting_end=gap_span.stop / audio.rate,
        )
        samples *= _rms_outside(window.samples, gap_span) / max(
            _rms_outside(samples, gap_span), 1e-6
        )
        fade = round(FADE_S * audio.rate)
        head = min(fade, gap_span.start)
        patch = samples[:, gap_span.start - head : gap_span.stop + fade]
        return Audio(crossfade_patch(audio.samples, patch, gap, head), audio.rate)


def _pipeline_input(audio: Audio, rate: int) -> NDArray[np.float32]:
    """Return the audio as stereo samples, padded to SHORTEST_S."""
    import numpy as np

    channels = audio.samples if len(audio.samples) == 2 else [audio.samples.mean(axis=0)] * 2
    stereo = np.stack([Audio(channel, audio.rate).mono(rate) for channel in channels])
    return np.pad(stereo, ((0, 0), (0, max(0, round(SHORTEST_S * rate) - stereo.shape[1]))))


def _match_format(audio: Audio, output: Audio) -> NDArray[np.float32]:
    """Convert the output to the channels, rate and length of the input."""
    import numpy as np

    channels, length = audio.samples.shape
    resampled = np.stack(
        [Audio(channel, output.rate).mono(audio.rate) for channel in output.samples]
    )
    fitted = np.pad(resampled[:, :length], ((0, 0), (0, max(0, length - resampled.shape[1]))))
    return fitted if channels == 2 else np.repeat(fitted.mean(0, keepdims=True), channels, 0)


def _rms_outside(samples: NDArray[np.float32], span: slice) -> float:
    """Return the RMS of the samples outside the hole."""
    import numpy as np

    remaining = np.delete(samples, span, axis=1)
    return float(np.sqrt(np.mean(remaining**2))) if remaining.size else 1.0
