"""Round the corners of a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools import Image, tool
from tools.sdk.argument_checks import require_between

if TYPE_CHECKING:
    import PIL.Image

CIRCLE = 0.5


@tool(words="Round the corners of {image}")
def rounded(image: Image, radius: float = 0.1) -> Image:
    """Round the corners of a picture; radius is a share of its shorter side, 0.5 gives a circle.

    >>> badge = rounded(portrait, 0.5)

    For a circle the picture is cropped to the square in its middle.
    """
    import PIL.ImageOps

    require_between("radius", radius, 0, CIRCLE)
    side = min(image.width, image.height)
    if radius == CIRCLE:
        image = image.map(lambda pixels: PIL.ImageOps.fit(pixels, (side, side)))
    return image.map(lambda pixels: _with_round_corners(pixels, radius * side))


def _with_round_corners(pixels: PIL.Image.Image, radius: float) -> PIL.Image.Image:
    import PIL.Image
    import PIL.ImageChops
    import PIL.ImageOps

    shape = PIL.Image.new("L", pixels.size, 255)
    corner = _corner_coverage(radius)
    right, bottom = pixels.width - corner.width, pixels.height - corner.height
    shape.paste(corner, (0, 0))
    shape.paste(PIL.ImageOps.mirror(corner), (right, 0))
    shape.paste(PIL.ImageOps.flip(corner), (0, bottom))
    shape.paste(corner.transpose(PIL.Image.Transpose.ROTATE_180), (right, bottom))
    result = pixels.convert("RGBA")
    result.putalpha(PIL.ImageChops.multiply(result.getchannel("A"), shape))
    return result


def _corner_coverage(radius: float) -> PIL.Image.Image:
    """Return how much of each pixel of the top left corner lies within, from 0 to 255."""
    import PIL.Image

    side = max(1, int(radius))
    to_centre = np.maximum(radius - np.arange(side, dtype=np.float32) - 0.5, 0)
    distance = np.hypot(to_centre[None], to_centre[:, None])
    coverage = (radius + 0.5 - distance).clip(0, 1) if radius >= 1 else np.ones((1, 1))
    return PIL.Image.fromarray((255 * coverage).round().astype(np.uint8))
