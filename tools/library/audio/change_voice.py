"""Change the pitch and speed of a voice."""

from __future__ import annotations

from tools import Audio, tool
from tools.sdk.argument_checks import require_between, require_sound
from tools.signal.time_stretch import stretch


@tool(words="Change the voice in {audio}[, pitch by {pitch}][, speed by {speed}]")
def change_voice(audio: Audio, pitch: float = 0.0, speed: float = 1.0) -> Audio:
    """Make a voice higher (pitch in semitones, -12 to 12) or faster (speed, 0.5 to 2.0).

    >>> deep = change_voice(speech, pitch=-5)
    >>> fast = change_voice(speech, speed=1.5)
    """
    import numpy as np

    require_sound(audio)
    require_between("pitch", pitch, -12, 12)
    require_between("speed", speed, 0.5, 2)
    higher = 2 ** (pitch / 12)
    samples = stretch(audio.samples, audio.rate, higher / speed)
    if pitch:
        # Playback at a faster rate raises the pitch; the stretch before it keeps the length.
        faster = round(audio.rate * higher)
        samples = np.stack([Audio(channel, faster).mono(audio.rate) for channel in samples])
    return Audio(samples, audio.rate)
