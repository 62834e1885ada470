"""Convert an image to grayscale."""

from __future__ import annotations

from tools import Image, Region, tool
from tools.signal.image_regions import composite_in_region


@tool(words="Turn {image} into shades of grey[, only {region}]")
def grayscale(image: Image, region: Region | None = None) -> Image:
    """Turn a picture, or a region of it, into shades of grey.

    >>> grey = grayscale(photo)
    """
    grey = image.map(lambda pixels: pixels.convert("L"))
    return composite_in_region(image, grey, region).transparent_as(image)
