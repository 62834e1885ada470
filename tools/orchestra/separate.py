"""Take a sound apart into the voice and what is heard behind it."""

from __future__ import annotations

from typing import Literal

from tools import Audio, tool
from tools.arguments import require_sound
from tools.orchestra.clean_sound import VoiceFilter


@tool
def separate(
    model: VoiceFilter, audio: Audio, part: Literal["voice", "background"] = "voice"
) -> Audio:
    """Get one part of a sound by itself: the voice, or the background without the voice.

    >>> behind = separate(noisy_speech, "background")
    """
    require_sound(audio)
    voice = model.voice(audio)
    if part == "voice":
        return voice
    return Audio(audio.samples - voice.samples, audio.rate)
