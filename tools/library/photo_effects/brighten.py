"""Make a picture brighter or darker."""

from __future__ import annotations

from tools import Image, Region, tool
from tools.sdk.argument_checks import require_between
from tools.signal.region_effects import change_region

STRONGEST = 2.0
"""How much the exponent falls below 1 at amount 1: to a third."""


@tool(words="Change the brightness of {image}[, only {region}] by {amount}")
def brighten(image: Image, region: Region | None = None, amount: float = 0.3) -> Image:
    """Make a picture, or a region of it, brighter, or darker with a negative amount; -1 to 1.

    >>> bright = brighten(photo)
    """
    require_between("amount", amount, -1, 1)
    table = [_level(level / 255, amount) for level in range(256)] * 3
    return change_region(image, region, lambda pixels: pixels.point(table))


def _level(level: float, amount: float) -> int:
    """Return the new level; brightening lifts shadows and leaves white white, with detail in it."""
    if amount < 0:
        return round(255 * level * (1 + amount))
    return round(255 * level ** (1 / (1 + STRONGEST * amount)))
