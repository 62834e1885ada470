"""Mirror a picture."""

from __future__ import annotations

from typing import Literal

from tools import Image, tool


@tool(words="Mirror {image}[, direction: {direction}]")
def flip(image: Image, direction: Literal["horizontal", "vertical"] = "horizontal") -> Image:
    """Mirror a picture: horizontal swaps left and right, vertical swaps top and bottom.

    >>> mirrored = flip(photo)
    """
    import PIL.ImageOps

    return image.map(PIL.ImageOps.mirror if direction == "horizontal" else PIL.ImageOps.flip)
