"""Play a sound several times."""

from __future__ import annotations

import numpy as np

from tools import Audio, tool
from tools.sdk.argument_checks import require_between, require_duration, require_sound

MOST_TIMES = 1_000


@tool(words="Play {audio} {times} times")
def repeat(audio: Audio, times: int = 2) -> Audio:
    """Play a sound several times in a row.

    >>> thrice = repeat(speech, 3)
    """
    require_sound(audio)
    require_between("times", times, 1, MOST_TIMES)
    require_duration(audio.seconds * times, f"{times} times", "repeat it less often")
    return Audio(np.tile(audio.samples, times), audio.rate)
