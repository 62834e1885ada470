"""Replace the audio track of a video."""

from __future__ import annotations

from tools import Audio, Video, tool
from tools.sdk.argument_checks import require_sound
from tools.signal.video.video_frames import fit_duration, read_frames


@tool(words="Give {video} the sound of {audio}")
def add_sound(video: Video, audio: Audio) -> Video:
    """Give a film a sound in place of its own; it is cut off where the film ends.

    >>> spoken = add_sound(film, speech)
    """
    require_sound(audio)
    sound = Audio(fit_duration(audio, video.seconds, audio.rate), audio.rate)
    return Video.of_frames((pixels for _, pixels in read_frames(video)), video.fps, sound)
