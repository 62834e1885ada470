"""Fill a gap in a sound."""

from __future__ import annotations

from tools import Audio, BadArgument, tool
from tools.arguments import require_sound, require_span
from tools.filling import LONGEST_BRIDGE_S, Gap, bridged, patched

LONGEST_GAP_S = 10.0


@tool(words="Mend seconds {start} to {end} of {audio}")
def fill_sound(audio: Audio, start: float, end: float) -> Audio:
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
    if gap.length <= LONGEST_BRIDGE_S * audio.rate:
        return Audio(bridged(audio.samples, gap, audio.rate), audio.rate)
    filled = patched(audio.samples, gap, audio.rate)
    if filled is None:
        raise BadArgument(
            f"a gap of {end - start:.2f} seconds is too long for a sound of {audio.seconds:.1f} "
            "seconds: neither side holds a part of its length",
            hint="fill a shorter part",
        )
    return Audio(filled, audio.rate)
