"""Trim audio to a time span."""

from __future__ import annotations

from tools import Audio, tool
from tools.sdk.argument_checks import require_sound, require_span


@tool(words="Keep seconds {start} to {end} of {audio}")
def cut_sound(audio: Audio, start: float, end: float) -> Audio:
    """Keep only a part of a sound, from one second to another.

    >>> beginning = cut_sound(speech, 0, 1.2)
    """
    require_sound(audio)
    require_span(start, end, audio.seconds)
    first = min(int(start * audio.rate), audio.samples.shape[1] - 1)
    return Audio(audio.samples[:, first : max(first + 1, round(end * audio.rate))], audio.rate)
