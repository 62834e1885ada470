"""Put a border around a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools import Image, tool
from tools.sdk.argument_checks import require_between, require_pixels
from tools.signal.colour_names import Rgb, rgb_of

if TYPE_CHECKING:
    import PIL.Image

WIDEST = 5_000


@tool(words="Put a {colour} border around {image}")
def border(image: Image, colour: str = "white", width: int = 20) -> Image:
    """Put a border of a colour around a picture; width in pixels.

    >>> framed = border(photo, "black", 10)
    """
    require_between("width", width, 0, WIDEST)
    require_pixels(image.width + 2 * width, image.height + 2 * width)
    rgb = rgb_of(colour)
    return image.map(lambda pixels: _framed(pixels, rgb, width))


def _framed(pixels: PIL.Image.Image, rgb: Rgb, width: int) -> PIL.Image.Image:
    import PIL.Image

    opaque = (*rgb, 255) if pixels.mode == "RGBA" else rgb
    size = (pixels.width + 2 * width, pixels.height + 2 * width)
    canvas = PIL.Image.new(pixels.mode, size, opaque)
    # Pasted, not composed: transparent parts of the picture stay transparent.
    canvas.paste(pixels, (width, width))
    return canvas
