"""Put something else behind what is in front."""

from __future__ import annotations

import PIL.Image
import PIL.ImageChops
import PIL.ImageFilter
import PIL.ImageOps

from tools import Image, Region, tool
from tools.library.images.cut_out import ForegroundFinder, foreground_matte
from tools.signal.colour_names import rgb_of
from tools.signal.region_effects import spread_colours

BLURRED = "blur"
SOFTNESS = 0.03
"""Standard deviation of a blurred background, as a share of the shorter side."""

REDUCED_SIDE = 1_000
"""Pixels of the shorter side, from which on smooth parts are computed at a reduced size."""

SURELY_IN_FRONT = 230
SURELY_BEHIND = 16
"""Of 255: between them a pixel shows both the thing and what was behind it."""


@tool(words="Replace the background of {image}[ by {background}][ by {picture}][, keep {region}]")
def replace_background(
    model: ForegroundFinder,
    image: Image,
    background: str = "white",
    picture: Image | None = None,
    region: Region | None = None,
) -> Image:
    """Put a colour, "blur" or another picture behind what is in front; a region says what stays.

    >>> portrait_on_blue = replace_background(portrait, "light blue")

    A picture fills the background and is cropped to its shape.
    """
    blurred = background.strip().casefold() == BLURRED
    colour = rgb_of("white" if blurred else background)
    mask = foreground_matte(model, image, region)
    if image.pixels.mode == "RGBA":
        mask = PIL.ImageChops.multiply(mask, image.pixels.getchannel("A"))
    if picture is not None:
        ground = PIL.ImageOps.fit(picture.opaque(), image.size, PIL.Image.Resampling.LANCZOS)
    elif blurred:
        ground = _blurred_background(image, mask)
    else:
        ground = PIL.Image.new("RGB", image.size, colour)
    return Image(PIL.Image.composite(_foreground_colours(image, mask), ground, mask))


def _foreground_colours(image: Image, mask: PIL.Image.Image) -> PIL.Image.Image:
    """Return the colours in front, continued over the soft edge in place of the old background."""
    colours = image.pixels.convert("RGB")
    surely = mask.point([255 * (level >= SURELY_IN_FRONT) for level in range(256)])
    return PIL.Image.composite(colours, _spread(colours, surely), surely)


def _blurred_background(image: Image, mask: PIL.Image.Image) -> PIL.Image.Image:
    """Return the background out of focus, without a glow of what is in front."""
    size = [max(1, round(side / _reduction(image.size))) for side in image.size]
    colours, mask = image.opaque().resize(size), mask.resize(size)
    behind = mask.point([255 * (level < SURELY_BEHIND) for level in range(256)])
    filled = PIL.Image.composite(colours, _spread(colours, behind), behind)
    blurred = filled.filter(PIL.ImageFilter.GaussianBlur(SOFTNESS * min(size)))
    return blurred.resize(image.size)


def _spread(colours: PIL.Image.Image, mask: PIL.Image.Image) -> PIL.Image.Image:
    visible = colours.convert("RGBA")
    visible.putalpha(mask)
    factor = _reduction(colours.size)
    if factor == 1:
        return spread_colours(visible)
    return spread_colours(visible.reduce(factor)).resize(colours.size)


def _reduction(size: tuple[int, int]) -> int:
    """Return by how much a large picture is reduced for what is smooth anyway."""
    return max(1, min(size) // REDUCED_SIDE)
