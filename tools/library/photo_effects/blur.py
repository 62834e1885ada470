"""Blur a picture."""

from __future__ import annotations

from tools import Image, Region, tool
from tools.sdk.argument_checks import require_between
from tools.signal.region_effects import change_parts

STRONGEST = 0.2
"""Standard deviation at amount 1, as a share of the shorter side: at the default a face keeps no
detail that is smaller than its eyes are apart."""


@tool(words="Blur {image}[, only {region}]")
def blur(image: Image, region: Region | None = None, amount: float = 0.5) -> Image:
    """Blur a picture, or a region of it such as faces; amount from 0 to 1.

    >>> hidden = blur(portrait, faces(portrait))
    """
    import PIL.ImageFilter

    require_between("amount", amount, 0, 1)
    return change_parts(
        image,
        region,
        lambda pixels, side: pixels.filter(PIL.ImageFilter.GaussianBlur(amount * STRONGEST * side)),
    )
