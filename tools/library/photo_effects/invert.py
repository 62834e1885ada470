"""Invert the colours of a picture."""

from __future__ import annotations

from tools import Image, Region, tool
from tools.signal.region_effects import change_region


@tool(words="Invert the colours of {image}[, only {region}]")
def invert(image: Image, region: Region | None = None) -> Image:
    """Invert the colours of a picture, or of a region of it, as in a negative.

    >>> negative = invert(photo)
    """
    import PIL.ImageOps

    return change_region(image, region, PIL.ImageOps.invert)
