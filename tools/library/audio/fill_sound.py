"""Fill a gap in audio (audio inpainting)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Audio, BadArgument, Model, tool
from tools.sdk.argument_checks import require_sound, require_span
from tools.signal.gap_filling import LONGEST_BRIDGE_S, Gap, bridge_gap

LONGEST_GAP_S = 10.0


class GapFiller(Model, ABC):
    """An audio inpainting model."""

    @abstractmethod
    def fill(self, audio: Audio, gap: Gap) -> Audio:
        """Return the audio with the gap filled, unchanged elsewhere except for a short fade."""


@tool(words="Fill seconds {start} to {end} of {audio}")
def fill_sound(model: GapFiller, audio: Audio, start: float, end: float) -> Audio:
    """Fill a gap or bad spot in a sound, given in seconds, from how it sounds around it.

    >>> mended = fill_sound(speech, 1.0, 1.03)
    """
    require_sound(audio)
    require_span(start, end, audio.seconds)
    if end - start > LONGEST_GAP_S:
        raise BadArgument(
            f"the gap lasts {end - start:.1f} seconds; {LONGEST_GAP_S:g} are allowed",
            hint="fill a shorter part",
        )
    gap = Gap(int(start * audio.rate), min(round(end * audio.rate), audio.samples.shape[1]))
    # Bridge a short gap from the waveform on both sides, without the model.
    if gap.length <= LONGEST_BRIDGE_S * audio.rate:
        return Audio(bridge_gap(audio.samples, gap, audio.rate), audio.rate)
    return model.fill(audio, gap)
