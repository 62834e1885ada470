"""Play a sound faster or slower."""

from __future__ import annotations

from tools import Audio, tool
from tools.sdk.argument_checks import require_between, require_duration, require_sound
from tools.signal.time_stretch import stretch


@tool(words="Play {audio} {factor} times as fast")
def speed(audio: Audio, factor: float = 1.5) -> Audio:
    """Play a sound faster or slower at the same pitch: 2 is twice as fast, 0.5 half.

    >>> fast = speed(speech, 1.5)
    """
    require_sound(audio)
    require_between("factor", factor, 0.25, 4)
    require_duration(audio.seconds / factor, "at that speed", "use a larger factor, or a part")
    return Audio(stretch(audio.samples, audio.rate, 1 / factor), audio.rate)
