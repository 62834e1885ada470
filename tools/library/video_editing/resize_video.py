"""Change the size of a film."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import PIL.Image
import PIL.ImageOps

from tools import BadArgument, Video, tool
from tools.sdk.argument_checks import require_between
from tools.signal.video.video_editing import change_frames, edited_fps, require_pixels
from tools.signal.video.video_frames import video_duration

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_SIDE = 4096


@tool(words="Change the size of {video}[, width {width}][, height {height}][, {factor} times]")
def resize_video(
    video: Video,
    width: int | None = None,
    height: int | None = None,
    factor: float | None = None,
    how: Literal["fit", "fill", "stretch"] = "fit",
) -> Video:
    """Change a film's size in pixels or by a factor;
    with both sides it fits, fills (and crops) or stretches.

    With one side the other follows. Sides are even numbers of pixels, as players need them.

    >>> small = resize_video(film, width=128)
    >>> square = resize_video(film, 128, 128, how="fill")
    """
    size = _size(video, width, height, factor, how)
    require_pixels(round(video_duration(video) * edited_fps(video)), *size)

    def change(_: float, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        image = PIL.Image.fromarray(pixels)
        if how == "fill":
            return np.asarray(PIL.ImageOps.fit(image, size, PIL.Image.Resampling.LANCZOS))
        return np.asarray(image.resize(size, PIL.Image.Resampling.LANCZOS))

    return change_frames(video, change)


def _size(
    video: Video, width: int | None, height: int | None, factor: float | None, how: str
) -> tuple[int, int]:
    """Return the size of the result, in even numbers of pixels."""
    if (factor is None) == (width is None and height is None):
        raise BadArgument(
            "a size is either a factor or a width or height, or both of these",
            hint="as in resize_video(video1, width=640) or resize_video(video1, factor=0.5)",
        )
    for name, side in (("width", width), ("height", height)):
        if side is not None:
            require_between(name, side, 2, LARGEST_SIDE)
    if factor is not None:
        require_between("factor", factor, 0.001, LARGEST_SIDE)
    if width and height and how != "fit":
        exact = (width, height)
    else:
        scales = (factor, width and width / video.width, height and height / video.height)
        scale = min(filter(None, scales))
        exact = (video.width * scale, video.height * scale)
    if max(exact) > LARGEST_SIDE:
        raise BadArgument(
            f"a film of {video.width}×{video.height} pixels cannot become "
            f"{exact[0]:,.0f}×{exact[1]:,.0f}; each side may have 2 to {LARGEST_SIDE:,} pixels",
            hint="give a smaller width, height or factor",
        )
    return max(2, 2 * round(exact[0] / 2)), max(2, 2 * round(exact[1] / 2))
