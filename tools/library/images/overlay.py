"""Overlay one image on another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools import BadArgument, Box, Image, Region, tool
from tools.library.regions.area import Where

if TYPE_CHECKING:
    import PIL.Image

MARGIN = 0.03
"""The free margin at the edge, as a fraction of the image's shorter side."""


@tool(words="Put {top} on top of {image}[, {place}][, within {region}]")
def overlay(
    image: Image,
    top: Image,
    place: Where = "middle",
    size: float = 0.5,
    region: Region | None = None,
) -> Image:
    """Put a picture on top of another, at a place or into a region; size 1 fills the picture.

    >>> sticker = overlay(photo, sign, place="top right", size=0.3)
    """
    if not 0 < size <= 1:
        raise BadArgument(
            f"the size of the upper picture is {size!r}; allowed is more than 0, up to 1",
            hint="0.5 makes it at most half as wide and half as high as the picture below",
        )
    upper = _visible(top)
    free = (
        _free_box(image, size, place)
        if region is None
        else region.bounds(image.width, image.height)
    )
    scale = min((free.right - free.left) / upper.width, (free.bottom - free.top) / upper.height)
    upper = upper.resize([max(1, round(side * scale)) for side in upper.size])
    corner = _corner(upper, free, "middle" if region else place)
    return image.map(lambda pixels: _composite(pixels, upper, corner))


def _visible(image: Image) -> PIL.Image.Image:
    """Crop the transparent border of an image."""
    upper = image.pixels.convert("RGBA")
    extent = upper.getchannel("A").getbbox()
    if extent is None:
        raise BadArgument(
            "the upper picture is fully transparent: nothing of it would be visible",
            hint="use the picture it was cut out of",
        )
    return upper.crop(extent)


def _free_box(image: Image, size: float, place: Where) -> Box:
    """Return the box for the upper image, aligned with the edges in `place`."""
    margin = MARGIN * min(image.width, image.height) if size < 1 else 0
    room_x, room_y = image.width - 2 * margin, image.height - 2 * margin
    width, height = min(size * image.width, room_x), min(size * image.height, room_y)
    left = margin + (room_x - width) * _share(place, "left", "right")
    top = margin + (room_y - height) * _share(place, "top", "bottom")
    return Box(left, top, left + width, top + height)


def _corner(upper: PIL.Image.Image, free: Box, place: Where) -> tuple[int, int]:
    spare_x = free.right - free.left - upper.width
    spare_y = free.bottom - free.top - upper.height
    x = free.left + spare_x * _share(place, "left", "right")
    y = free.top + spare_y * _share(place, "top", "bottom")
    return max(0, round(x)), max(0, round(y))


def _share(place: str, start: str, end: str) -> float:
    """Return the fraction of the spare space before the image: 0, 0.5 or 1."""
    return 0.0 if start in place else 1.0 if end in place else 0.5


def _composite(
    lower: PIL.Image.Image, upper: PIL.Image.Image, corner: tuple[int, int]
) -> PIL.Image.Image:
    canvas = lower.convert("RGBA")
    canvas.alpha_composite(upper, corner)
    return canvas.convert(lower.mode)
