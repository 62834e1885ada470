"""Make a picture look sharper."""

from __future__ import annotations

from tools import Image, Region, tool
from tools.sdk.argument_checks import require_between
from tools.signal.region_effects import change_region

STRONGEST_PERCENT = 300
RADIUS = 1 / 500
"""Of the shorter side: what looks soft is larger in a large picture."""

NOISE = 2
"""Differences of so many levels are left as they are: they are noise more often than detail."""


@tool(words="Sharpen {image}[, only {region}]")
def sharpen(image: Image, region: Region | None = None, amount: float = 0.5) -> Image:
    """Make a picture, or a region of it, look sharper at the same size; amount from 0 to 1.

    >>> crisp = sharpen(photo)
    """
    import PIL.ImageFilter

    require_between("amount", amount, 0, 1)
    radius = max(1.0, RADIUS * min(image.width, image.height))
    sharper = PIL.ImageFilter.UnsharpMask(radius, round(STRONGEST_PERCENT * amount), NOISE)
    return change_region(image, region, lambda pixels: pixels.filter(sharper))
