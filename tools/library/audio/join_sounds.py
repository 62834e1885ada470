"""Concatenate audio."""

from __future__ import annotations

from tools import Audio, BadArgument, tool
from tools.media.media_limits import LIMITS


@tool(words="Join {sounds}, one after the other")
def join_sounds(sounds: list[Audio]) -> Audio:
    """Join sounds into one that plays them one after the other.

    >>> twice = join_sounds([speech, speech])
    """
    import numpy as np

    if not sounds:
        raise BadArgument("there are no sounds to join", hint="give a list, as [first, second]")
    seconds = sum(sound.seconds for sound in sounds)
    if seconds > LIMITS.seconds:
        raise BadArgument(
            f"the sounds last {seconds:,.0f} seconds together; {LIMITS.seconds:,.0f} are allowed",
            hint="join fewer of them",
        )
    rate = max(sound.rate for sound in sounds)
    return Audio(np.concatenate([sound.mono(rate) for sound in sounds]), rate)
