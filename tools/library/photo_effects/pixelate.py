"""Turn a picture into coarse blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools import Image, Region, tool
from tools.sdk.argument_checks import require_between
from tools.signal.region_effects import change_parts

if TYPE_CHECKING:
    import PIL.Image

LARGEST_BLOCK = 0.25
"""Side of a block at amount 1, as a share of the shorter side."""


@tool(words="Turn {image} into coarse blocks[, only {region}]")
def pixelate(image: Image, region: Region | None = None, amount: float = 0.5) -> Image:
    """Turn a picture, or a region of it, into coarse blocks; amount from 0 to 1.

    >>> hidden = pixelate(portrait, faces(portrait))
    """
    require_between("amount", amount, 0, 1)
    return change_parts(
        image, region, lambda pixels, side: _in_blocks(pixels, round(amount * LARGEST_BLOCK * side))
    )


def _in_blocks(pixels: PIL.Image.Image, block: int) -> PIL.Image.Image:
    import PIL.Image

    if block < 2:
        return pixels.copy()
    small = pixels.reduce(block)
    large = small.resize((small.width * block, small.height * block), PIL.Image.Resampling.NEAREST)
    return large.crop((0, 0, *pixels.size))
