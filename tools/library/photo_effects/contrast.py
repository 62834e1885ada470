"""Raise or lower the contrast of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools import Image, Region, tool
from tools.sdk.argument_checks import require_between
from tools.signal.region_effects import change_region

if TYPE_CHECKING:
    import PIL.Image

STEEPEST = 1.5
"""How much steeper than 1 the curve is at mean lightness, at amount 1."""


@tool(words="Change the contrast of {image}[, only {region}] by {amount}")
def contrast(image: Image, region: Region | None = None, amount: float = 0.3) -> Image:
    """Raise the contrast of a picture or a region, or lower it with a negative amount; -1 to 1.

    >>> strong = contrast(photo)
    """
    require_between("amount", amount, -1, 1)
    return change_region(image, region, lambda pixels: _with_contrast(pixels, amount))


def _with_contrast(pixels: PIL.Image.Image, amount: float) -> PIL.Image.Image:
    import PIL.ImageStat

    mean = PIL.ImageStat.Stat(pixels.convert("L")).mean[0] / 255
    return pixels.point([round(255 * _level(n / 255, mean, amount)) for n in range(256)] * 3)


def _level(level: float, mean: float, amount: float) -> float:
    """Return the new level, further from the mean or nearer, without clipping."""
    if amount < 0:
        return mean + (level - mean) * (1 + amount)
    room = 1 - mean if level > mean else mean
    if not room:
        return level
    distance = (level - mean) / room
    steepness = STEEPEST * amount
    return mean + room * distance * (1 + steepness) / (1 + steepness * abs(distance))
