"""Play a sound backwards."""

from __future__ import annotations

from tools import Audio, tool
from tools.sdk.argument_checks import require_sound


@tool(words="Play {audio} backwards")
def reverse(audio: Audio) -> Audio:
    """Play a sound backwards.

    >>> backwards = reverse(speech)
    """
    require_sound(audio)
    return Audio(audio.samples[:, ::-1], audio.rate)
