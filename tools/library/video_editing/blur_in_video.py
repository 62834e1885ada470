"""Blur parts of a film."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image
import PIL.ImageDraw
import PIL.ImageFilter

from tools import BadArgument, Box, Image, Table, Video, progress, tool
from tools.library.vision.faces import FaceFinder
from tools.sdk.argument_checks import require_between
from tools.signal.video.moving_boxes import MovingBoxes
from tools.signal.video.video_boxes import TimedBox, table_to_boxes
from tools.signal.video.video_editing import change_frames, timed_frames
from tools.signal.video.video_frames import video_duration

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACES_A_SECOND = 8
MARGIN = 0.1
"""Of the sides of a box, on each side: what moves is blurred all the same."""
FACE_MARGIN = 0.25
"""Boxes of faces leave out hair, ears and chin."""
SOFT_EDGE = 0.1
"""The share of a side over which the blur ends."""
STRONGEST = 0.2
"""The radius at amount 1, as a share of the longer side of a box."""


@tool(words="Blur {boxes|the faces} in {video}")
def blur_in_video(
    model: FaceFinder, video: Video, boxes: Table | None = None, amount: float = 0.5
) -> Video:
    """Blur the faces in a film, or the boxes that detect_in_video or track found.

    >>> hidden = blur_in_video(film, detect_in_video(film, label="cup"))
    """
    require_between("amount", amount, 0, 1)
    if boxes is None:
        timed_boxes, margin = _faces(model, video), FACE_MARGIN
        if not timed_boxes:
            raise BadArgument(
                "no face was found in the film",
                hint="name what to blur: blur_in_video(video1, detect_in_video(video1, label=…))",
            )
    else:
        timed_boxes, margin = table_to_boxes(boxes), MARGIN
        if not timed_boxes:
            raise BadArgument(
                "the table holds no boxes: there is nothing to blur",
                hint="detect something else, or leave the boxes out to blur faces",
            )
    moving = MovingBoxes(timed_boxes)

    def change(second: float, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        there = moving.at(second)
        if not there:
            return pixels
        image = PIL.Image.fromarray(pixels)
        for box in there:
            _blur(image, box, margin, amount)
        return np.asarray(image)

    return change_frames(video, change)


def _faces(model: FaceFinder, video: Video) -> list[TimedBox]:
    """Return the faces in the frames that are looked at, with their seconds."""
    seconds = max(video_duration(video), 0.01)
    timed_boxes: list[TimedBox] = []
    number = 0
    for second, pixels in timed_frames(video):
        if second * FACES_A_SECOND + 1e-6 < number:
            continue
        number += 1
        progress(second / seconds / 2, f"faces at second {second:.1f} of {seconds:.1f}")
        boxes = model.faces(Image(PIL.Image.fromarray(pixels)))
        timed_boxes += [TimedBox(second, box) for box in boxes]
    return timed_boxes


def _blur(image: PIL.Image.Image, box: Box, margin: float, amount: float) -> None:
    """Blur the box and its margin in place, as far as it lies on the picture."""
    width, height = box.right - box.left, box.bottom - box.top
    left = max(0, int(box.left - margin * width))
    top = max(0, int(box.top - margin * height))
    right = min(image.width, ceil(box.right + margin * width))
    bottom = min(image.height, ceil(box.bottom + margin * height))
    if left >= right or top >= bottom:
        return
    size = (right - left, bottom - top)
    part = image.crop((left, top, right, bottom))
    blurred = part.filter(PIL.ImageFilter.GaussianBlur(amount * STRONGEST * max(size)))
    image.paste(blurred, (left, top), _soft_mask(size))


def _soft_mask(size: tuple[int, int]) -> PIL.Image.Image:
    """Return a rounded rectangle whose edge fades out within the margin."""
    soft = SOFT_EDGE * min(size)
    mask = PIL.Image.new("L", size, 0)
    inner = (soft / 2, soft / 2, size[0] - 1 - soft / 2, size[1] - 1 - soft / 2)
    PIL.ImageDraw.Draw(mask).rounded_rectangle(inner, 0.2 * min(size), fill=255)
    return mask.filter(PIL.ImageFilter.GaussianBlur(soft / 4))
