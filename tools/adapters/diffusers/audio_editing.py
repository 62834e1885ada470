"""Separate and inpaint audio with ACE-Step, a diffusers pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tools import Audio, BadArgument
from tools.adapters.diffusers.audio_generation import LENGTHS, samples_of
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.adapters.diffusers.image_editing import Piped
from tools.library.audio.fill_sound import Filler
from tools.library.audio.separate import Separator
from tools.signal.gap_filling import FADE_S, Gap, laid_over

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHORTEST_S = 1.0
"""Shorter audio is padded with silence."""


class DiffusersSoundEditor(Piped):
    """Base class of the audio editors.

    Settings: those of Pipeline; `rate`, samples per second.
    """

    def remade(self, audio: Audio, prompt: str, **wanted: Any) -> NDArray[np.float32]:
        """Run the pipeline; return samples in the shape of the input."""
        import torch

        rate = int(self.settings["rate"])
        made = self.pipeline.run(
            seed=0,
            prompt=prompt,
            src_audio=torch.from_numpy(_heard(audio, rate)),
            output_type="np",
            **dict.fromkeys(LENGTHS, max(audio.seconds, SHORTEST_S)),
            **wanted,
        )
        return _like(audio, Audio(samples_of(made.audios[0]), rate))


class DiffusersSeparator(DiffusersSoundEditor, Separator):
    """Extract one source from a piece of music.

    Settings: `sources`, the sources it can extract; `longest`, in seconds.
    """

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str]) -> None:
        super().__init__(pipeline, settings)
        self.sources = tuple(source.strip() for source in settings["sources"].split(","))

    def part(self, audio: Audio, source: str) -> Audio:
        import numpy as np

        longest_s = float(self.settings["longest"])
        if audio.seconds > longest_s:
            raise BadArgument(
                f"the sound lasts {audio.seconds:.0f} seconds; the model takes {longest_s:g}",
                hint="cut it into shorter parts, as in cut_sound(audio1, 0, 60)",
            )
        track = source.replace(" ", "_")
        made = self.remade(audio, source, task_type="extract", track_name=track)
        # The pipeline normalises its output: scale it to the peak of the original.
        loudest = max(float(np.abs(made).max()), 1e-6)
        return Audio(made * (float(np.abs(audio.samples).max()) / loudest), audio.rate)


class DiffusersFiller(DiffusersSoundEditor, Filler):
    """Inpaint a gap in audio.

    Settings: `around`, seconds of context on either side; `go_on`, the prompt.
    """

    def fill(self, audio: Audio, gap: Gap) -> Audio:
        around = round(float(self.settings["around"]) * audio.rate)
        first, last = max(0, gap.first - around), gap.last + around
        heard = Audio(audio.samples[:, first:last], audio.rate)
        hole = slice(gap.first - first, gap.last - first)
        made = self.remade(
            heard,
            self.settings["go_on"],
            task_type="repaint",
            repainting_start=hole.start / audio.rate,
            repainting_end=hole.stop / audio.rate,
        )
        made *= _loudness(heard.samples, hole) / max(_loudness(made, hole), 1e-6)
        fade = round(FADE_S * audio.rate)
        head = min(fade, hole.start)
        part = made[:, hole.start - head : hole.stop + fade]
        return Audio(laid_over(audio.samples, part, gap, head), audio.rate)


def _heard(audio: Audio, rate: int) -> NDArray[np.float32]:
    """Return the audio as stereo samples, padded to SHORTEST_S."""
    import numpy as np

    sides = audio.samples if len(audio.samples) == 2 else [audio.samples.mean(axis=0)] * 2
    heard = np.stack([Audio(side, audio.rate).mono(rate) for side in sides])
    return np.pad(heard, ((0, 0), (0, max(0, round(SHORTEST_S * rate) - heard.shape[1]))))


def _like(audio: Audio, made: Audio) -> NDArray[np.float32]:
    """Convert the output to the channels, rate and length of the input."""
    import numpy as np

    channels, length = audio.samples.shape
    sides = np.stack([Audio(side, made.rate).mono(audio.rate) for side in made.samples])
    fitted = np.pad(sides[:, :length], ((0, 0), (0, max(0, length - sides.shape[1]))))
    return fitted if channels == 2 else np.repeat(fitted.mean(0, keepdims=True), channels, 0)


def _loudness(samples: NDArray[np.float32], hole: slice) -> float:
    """Return the RMS of the samples outside the hole."""
    import numpy as np

    kept = np.delete(samples, hole, axis=1)
    return float(np.sqrt(np.mean(kept**2))) if kept.size else 1.0
