"""Crop an image to a region."""

from __future__ import annotations

from tools import Image, Region, tool
from tools.signal.image_regions import bounding_corners


@tool(words="Cut {region} out of {image}")
def crop(image: Image, region: Region) -> Image:
    """Cut a part out of a picture: the smallest rectangle around a box, boxes or any region.

    >>> cup = crop(photo, detect(photo, label="cup"))
    """
    corners = bounding_corners(image, region)
    return image.map(lambda pixels: pixels.crop(corners))
