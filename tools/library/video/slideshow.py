"""Make a video from images."""

from __future__ import annotations

from tools import BadArgument, Image, Video, tool
from tools.sdk.argument_checks import require_between
from tools.signal.video.video_frames import fit_image

MAX_IMAGES = 500
MIN_FPS = 10
"""Some players fail on videos with a lower frame rate."""


@tool(words="Make a film of {pictures}, {seconds_each} s each")
def slideshow(pictures: list[Image], seconds_each: float = 1.0) -> Video:
    """Make a film that shows pictures one after the other, each for some seconds.

    >>> show = slideshow([photo, sign], seconds_each=0.5)
    """
    require_between("seconds_each", seconds_each, 0.04, 30)
    if not 1 <= len(pictures) <= MAX_IMAGES:
        raise BadArgument(
            f"there are {len(pictures)} pictures; 1 to {MAX_IMAGES} make a film",
            hint="give a list of pictures, as [first, second]",
        )
    first = pictures[0]
    if min(first.width, first.height) < 2:
        raise BadArgument(
            f"a picture of {first.width}×{first.height} pixels is too small for a film",
            hint="begin with a picture of 2×2 pixels or more",
        )
    times = max(1, round(seconds_each * MIN_FPS))
    size = (first.width, first.height)
    frames = (fit_image(image.opaque(), size) for image in pictures for _ in range(times))
    return Video.of_frames(frames, times / seconds_each)
