"""Extract the audio track of a video."""

from __future__ import annotations

from tools import Audio, BadArgument, Video, tool
from tools.signal.video.video_frames import extract_audio


@tool(words="Take the sound of {video}")
def sound_of(video: Video) -> Audio:
    """Get the sound of a film, for tools that take a sound.

    >>> words = transcribe(sound_of(film))
    """
    sound = extract_audio(video)
    if sound is None:
        raise BadArgument("the film has no sound", hint="work with its pictures: frames(…)")
    return sound
