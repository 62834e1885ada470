"""Crop a film."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools import BadArgument, Region, Video, tool
from tools.sdk.argument_checks import require_extent
from tools.signal.video.video_editing import change_frames

if TYPE_CHECKING:
    from numpy.typing import NDArray


@tool(words="Crop {video} to {region}")
def crop_video(video: Video, region: Region) -> Video:
    """Keep only a region of a film's picture, such as area(still(video1), "left").

    >>> left = crop_video(film, area(still(film), "left"))
    """
    require_extent(region, "to crop to")
    bounds = region.bounds(video.width, video.height)
    left, top, right, bottom = map(int, (bounds.left, bounds.top, bounds.right, bounds.bottom))
    if min(right - left, bottom - top) < 2:
        raise BadArgument(
            f"the region has {right - left}×{bottom - top} pixels of the film; "
            "2×2 are the fewest that a film can have",
            hint="use a larger region",
        )

    def change(_: float, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return pixels[top:bottom, left:right]

    return change_frames(video, change)
