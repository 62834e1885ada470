"""Cut out a part of a picture."""

from __future__ import annotations

from tools import Image, Region, tool


@tool
def crop(image: Image, region: Region) -> Image:
    """Cut a part out of a picture: the smallest rectangle around a box, boxes or any region.

    >>> cup = crop(photo, detect(photo, label="cup"))
    """
    part = region.bounds(image.width, image.height)
    corners = (round(part.left), round(part.top), round(part.right), round(part.bottom))
    return image.map(lambda pixels: pixels.crop(corners))
