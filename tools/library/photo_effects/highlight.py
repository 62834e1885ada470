"""Make a region of a picture stand out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from tools import Image, Region, tool
from tools.signal.region_effects import change_outside

if TYPE_CHECKING:
    import PIL.Image

DIM = 0.35
"""Of the brightness is left."""

BLUR = 0.025
"""Standard deviation, as a share of the shorter side."""


@tool(words="Make {region} stand out in {image}")
def highlight(image: Image, region: Region, how: Literal["dim", "grey", "blur"] = "dim") -> Image:
    """Keep a region of a picture as it is and make everything else dim, grey or blurred.

    >>> shown = highlight(photo, detect(photo, label="cup"))
    """
    return change_outside(image, region, lambda pixels: _subdued(pixels, how))


def _subdued(pixels: PIL.Image.Image, how: str) -> PIL.Image.Image:
    import PIL.ImageFilter

    if how == "dim":
        return pixels.point(lambda level: level * DIM)
    if how == "grey":
        return pixels.convert("L").convert("RGB")
    return pixels.filter(PIL.ImageFilter.GaussianBlur(BLUR * min(pixels.size)))
