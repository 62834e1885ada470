"""Give a picture the tones of an old photograph."""

from __future__ import annotations

from tools import Image, Region, tool
from tools.signal.region_effects import change_region

TINT = (1.18, 0.98, 0.72)
"""Red, green and blue of each shade of grey: brown, and cream where it was white."""

LUMA = (0.299, 0.587, 0.114, 0)


@tool(words="Give {image} the tones of an old photograph[, only {region}]")
def sepia(image: Image, region: Region | None = None) -> Image:
    """Give a picture, or a region of it, the brown tones of an old photograph.

    >>> old = sepia(photo)
    """
    matrix = tuple(tint * weight for tint in TINT for weight in LUMA)
    return change_region(image, region, lambda pixels: pixels.convert("RGB", matrix))
