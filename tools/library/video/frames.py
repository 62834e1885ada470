"""Extract frames of a video as images."""

from __future__ import annotations

from tools import Image, Video, tool
from tools.sdk.argument_checks import require_between
from tools.signal.video.video_frames import frames_at, video_duration

MAX_FRAMES = 32


@tool(words="Take pictures out of {video}, {count} in all")
def frames(video: Video, count: int = 8) -> list[Image]:
    """Take pictures out of a film, evenly spaced from the first to the last; count=1 is the first.

    >>> pictures = frames(film, count=4)
    """
    require_between("count", count, 1, MAX_FRAMES)
    step = max(0.0, video_duration(video) - 1 / video.fps) / max(1, count - 1)
    pictures = [frame.image for frame in frames_at(video, (n * step for n in range(count)))]
    # Some files state a rounded duration, so the last frame may be missing.
    return pictures + pictures[-1:] * (count - len(pictures))
