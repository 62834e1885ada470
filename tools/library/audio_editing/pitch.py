"""Make a sound higher or lower."""

from __future__ import annotations

from tools import Audio, tool
from tools.sdk.argument_checks import require_between, require_sound
from tools.signal.channels import resampled
from tools.signal.time_stretch import stretch

MOST_SEMITONES = 24


@tool(words="Make {audio} higher by {semitones} semitones")
def pitch(audio: Audio, semitones: float = 2.0) -> Audio:
    """Make music or a sound higher by semitones, or lower by negative ones;
    for voices change_voice.

    It lasts as long as before.

    >>> higher = pitch(speech, 3)
    """
    require_sound(audio)
    require_between("semitones", semitones, -MOST_SEMITONES, MOST_SEMITONES)
    if not semitones:
        return audio
    higher = 2 ** (semitones / 12)
    longer = stretch(audio.samples, audio.rate, higher)
    # Played faster it is higher, and as long as it was.
    return resampled(Audio(longer, round(audio.rate * higher)), audio.rate)
