"""Turn a picture by an angle."""

from __future__ import annotations

from math import cos, isfinite, radians, sin
from typing import TYPE_CHECKING

from tools import BadArgument, Image, tool
from tools.sdk.argument_checks import require_pixels

if TYPE_CHECKING:
    import PIL.Image


@tool(words="Turn {image} by {degrees} degrees")
def rotate(image: Image, degrees: float = 90.0) -> Image:
    """Turn a picture clockwise by any angle; a negative one turns it counter-clockwise.

    >>> turned = rotate(photo, -90)

    Quarter turns are exact. Of any other angle the corners are transparent, and nothing is lost.
    """
    if not isfinite(degrees):
        raise BadArgument(
            f"a picture cannot be turned by {degrees!r} degrees; any number is allowed",
            hint="give an angle such as 90 or -15",
        )
    return image.map(lambda pixels: turn(pixels, degrees % 360))


def turn(pixels: PIL.Image.Image, degrees: float) -> PIL.Image.Image:
    """Return the picture turned clockwise by 0 to 360 degrees, on a canvas that holds all of it."""
    import PIL.ImageOps
    from PIL.Image import Resampling, Transpose

    if not degrees % 90:
        quarter_turns = {
            90: Transpose.ROTATE_270,
            180: Transpose.ROTATE_180,
            270: Transpose.ROTATE_90,
        }
        transpose = quarter_turns.get(int(degrees))
        return pixels.copy() if transpose is None else pixels.transpose(transpose)
    width = abs(pixels.width * cos(radians(degrees))) + abs(pixels.height * sin(radians(degrees)))
    height = abs(pixels.width * sin(radians(degrees))) + abs(pixels.height * cos(radians(degrees)))
    require_pixels(round(width), round(height))
    # A transparent rim and colours weighted by their opacity: edges are smooth, without fringes.
    rimmed = PIL.ImageOps.expand(pixels.convert("RGBA"), border=1, fill=(0, 0, 0, 0))
    turned = rimmed.convert("RGBa").rotate(-degrees, Resampling.BICUBIC, expand=True)
    return turned.convert("RGBA")
