"""Make colours stronger or paler."""

from __future__ import annotations

from tools import Image, Region, tool
from tools.sdk.argument_checks import require_between
from tools.signal.region_effects import change_region

STRONGEST = 1.2
"""How much a colour moves away from grey at amount 1, of its distance from it."""

LUMA = (0.299, 0.587, 0.114)


@tool(words="Change the colours of {image}[, only {region}] by {amount}")
def saturate(image: Image, region: Region | None = None, amount: float = 0.3) -> Image:
    """Make colours stronger, or paler with a negative amount; -1 to 1.

    >>> vivid = saturate(photo)
    """
    require_between("amount", amount, -1, 1)
    factor = 1 + (STRONGEST * amount if amount > 0 else amount)
    matrix: list[float] = []
    for row in range(3):
        matrix += [(1 - factor) * LUMA[column] + factor * (row == column) for column in range(3)]
        matrix.append(0)
    return change_region(image, region, lambda pixels: pixels.convert("RGB", tuple(matrix)))
