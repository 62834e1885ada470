"""Play a film faster or slower."""

from __future__ import annotations

from tools import Audio, Video, tool
from tools.sdk.argument_checks import require_between, require_duration
from tools.signal.time_stretch import stretch
from tools.signal.video.video_editing import (
    edited_fps,
    frame_count,
    sound_between,
    steady_frames,
    timed_frames,
)
from tools.signal.video.video_frames import AUDIO_RATE, video_duration

LEAST_FACTOR = 0.1
LARGEST_FACTOR = 100.0
"""An hour in half a minute."""
LARGEST_HEARD_FACTOR = 8.0
"""Nothing can be understood or enjoyed of a faster sound: such a film is silent."""


@tool(words="Play {video} {factor} times as fast")
def speed_video(video: Video, factor: float = 2.0) -> Video:
    """Play a film faster or slower: 2 is twice as fast, 0.5 slow motion.

    Its sound keeps its pitch and stays in time; more than 8 times as fast it is left out.

    >>> fast = speed_video(film, 2)
    """
    require_between("factor", factor, LEAST_FACTOR, LARGEST_FACTOR)
    seconds = video_duration(video) / factor
    require_duration(seconds, "at that speed", "use a larger factor, or a part of the film")
    fps = edited_fps(video)
    count = frame_count(video, seconds, fps)
    frames = ((second / factor, pixels) for second, pixels in timed_frames(video))
    sound = None
    if factor <= LARGEST_HEARD_FACTOR:
        sound = sound_between(video, 0, count / fps * factor)
    if sound:
        sound = Audio(stretch(sound.samples, AUDIO_RATE, 1 / factor), AUDIO_RATE)
    return Video.of_frames(steady_frames(frames, fps, count), fps, sound)
