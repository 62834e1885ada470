"""Make a sound louder or quieter."""

from __future__ import annotations

import numpy as np

from tools import Audio, tool
from tools.sdk.argument_checks import require_between, require_sound
from tools.signal.limiter import limited

CEILING = 0.99
LARGEST_FACTOR = 20.0


@tool(words="Make {audio} {factor} times as loud")
def volume(audio: Audio, factor: float = 1.5) -> Audio:
    """Make a sound louder or quieter: 2 is twice as loud, 0.5 half.

    Peaks that would clip are limited softly, so that a loud sound gets louder without distortion.

    >>> louder = volume(speech, 2)
    """
    require_sound(audio)
    require_between("factor", factor, 0, LARGEST_FACTOR)
    samples = audio.samples * np.float32(factor)
    return Audio(limited(samples, audio.rate, CEILING) if factor > 1 else samples, audio.rate)
