"""Turn a film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools import BadArgument, Video, tool
from tools.signal.video.video_editing import change_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray


@tool(words="Turn {video} clockwise by {degrees} degrees")
def rotate_video(video: Video, degrees: int = 90) -> Video:
    """Turn a film clockwise by 90, 180 or 270 degrees.

    Negative degrees turn it counter-clockwise.

    >>> upright = rotate_video(film, 90)
    """
    if degrees % 90 or not degrees % 360:
        raise BadArgument(
            f"degrees is {degrees}; a film is turned by 90, 180 or 270",
            hint="give one of these; 90 is a quarter turn clockwise",
        )

    def change(_: float, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return np.rot90(pixels, -degrees // 90)

    return change_frames(video, change)
