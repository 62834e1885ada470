"""Take one picture out of a film."""

from __future__ import annotations

import PIL.Image

from tools import BadArgument, Image, Video, tool
from tools.signal.video.video_editing import timed_frames
from tools.signal.video.video_frames import video_duration


@tool(words="Take the picture at second {second} out of {video}")
def still(video: Video, second: float = 0.0) -> Image:
    """Take the picture out of a film that is shown at a second;
    negative seconds count from the end.

    >>> first = still(film)
    >>> last = still(film, -0.1)
    """
    seconds = video_duration(video)
    if not -seconds <= second <= seconds:
        raise BadArgument(
            f"there is no picture at second {second:g} of a film of {seconds:.1f} seconds",
            hint=f"give a second from 0 to {seconds:.1f}, or a negative one from the end",
        )
    moment = seconds + second if second < 0 else second
    _, pixels = next(timed_frames(video, moment))
    return Image(PIL.Image.fromarray(pixels))
