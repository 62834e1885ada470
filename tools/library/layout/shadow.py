"""Put a soft shadow behind a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools import Image, tool
from tools.sdk.argument_checks import require_between, require_pixels

if TYPE_CHECKING:
    import PIL.Image

SOFTNESS = 0.025
"""Standard deviation, as a share of the shorter side."""

OFFSET = 0.025
"""How far the shadow lies to the right and below, of the shorter side: the light is top left."""

DARKEST = 0.9


@tool(words="Put a soft shadow behind {image}")
def shadow(image: Image, amount: float = 0.5) -> Image:
    """Put a soft shadow behind a picture or a cut-out; amount from 0 to 1.

    >>> sticker = shadow(cut_out(photo))

    The picture becomes larger by the shadow, and is transparent around it.
    """
    require_between("amount", amount, 0, 1)
    side = min(image.width, image.height)
    softness, offset = max(1.0, SOFTNESS * side), max(1, round(OFFSET * side))
    margin = round(2.5 * softness) + offset
    require_pixels(image.width + 2 * margin, image.height + 2 * margin)
    return image.map(
        lambda pixels: _with_shadow(pixels, DARKEST * amount, softness, offset, margin)
    )


def _with_shadow(
    pixels: PIL.Image.Image, darkness: float, softness: float, offset: int, margin: int
) -> PIL.Image.Image:
    import PIL.Image
    import PIL.ImageFilter

    pixels = pixels.convert("RGBA")
    size = (pixels.width + 2 * margin, pixels.height + 2 * margin)
    shape = PIL.Image.new("L", size, 0)
    shape.paste(pixels.getchannel("A"), (margin + offset, margin + offset))
    blurred = shape.filter(PIL.ImageFilter.GaussianBlur(softness))
    canvas = PIL.Image.new("RGBA", size, (0, 0, 0, 0))
    canvas.putalpha(blurred.point(lambda level: level * darkness))
    canvas.alpha_composite(pixels, (margin, margin))
    return canvas
