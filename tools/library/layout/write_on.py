"""Write text on a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools import BadArgument, Box, Image, Region, tool
from tools.library.regions.area import Where
from tools.sdk.argument_checks import require_extent
from tools.signal.colour_names import rgb_of
from tools.signal.text_rendering import (
    Align,
    Lettering,
    grow_mask,
    lettering_for,
    plain_text,
    text_mask,
    wrap_text,
)

if TYPE_CHECKING:
    import PIL.Image

MARGIN = 0.04
"""What stays free at the edge, of the picture's shorter side."""

OUTLINE = 0.07
"""Width of the outline, of the letters' size."""

SMALLEST = 6
"""Pixels: smaller letters cannot be read."""

SHRINK = 0.9
WHOLE_WORDS = 0.3
"""Down to this share of the size, letters become smaller before a word is broken."""

LONGEST_TEXT = 2_000
NO_OUTLINE = ("", "none")


@tool(words="Write “{text}” on {image}[, {place}][, within {region}]")
def write_on(
    image: Image,
    text: str,
    place: Where = "bottom",
    colour: str = "white",
    size: float = 0.1,
    outline: str = "black",
    region: Region | None = None,
) -> Image:
    """Write text on a picture, at a place or into a region;
    size is the letters' share of its height.

    >>> card = write_on(photo, "Good morning!", place="top")

    Long text is wrapped, and written smaller where it would not fit. An outline "" is none.
    """
    if not 0 < size <= 1:
        raise BadArgument(
            f"the size of the letters is {size!r}; allowed is more than 0, up to 1",
            hint="0.1 makes them a tenth of the picture's height",
        )
    if len(text) > LONGEST_TEXT:
        raise BadArgument(
            f"a text of {len(text):,} characters cannot be written on a picture; "
            f"{LONGEST_TEXT:,} are allowed",
            hint="write a part of it, or a summary",
        )
    ink = rgb_of(colour)
    rim = None if outline.strip() in NO_OUTLINE else rgb_of(outline)
    room = _room(image, region)
    lettering, lines = _fitting(plain_text(text), room, round(size * image.height))
    mask = text_mask(lines, lettering, _alignment(place, region))
    extent = mask.getbbox()
    if extent is None:
        raise BadArgument(
            f"there is nothing to write in {text[:60]!r}",
            hint='say what, as in write_on(image1, "Hello")',
        )
    # Placed by what is visible of the letters, with an outline of the same width or without one.
    width = _outline_width(lettering.size)
    visible = mask.crop(extent)
    ring = grow_mask(visible, width)
    corner = _corner(ring, room, place if region is None else "middle")
    letters = (visible, (corner[0] + width, corner[1] + width))

    def write(pixels: PIL.Image.Image) -> PIL.Image.Image:
        canvas = pixels.copy()
        if rim is not None:
            _fill(canvas, rim, ring, corner)
        _fill(canvas, ink, *letters)
        return canvas

    return image.map(write)


def _room(image: Image, region: Region | None) -> Box:
    """Return where letters and outline may stand."""
    if region is not None:
        require_extent(region, "to write into")
        return region.bounds(image.width, image.height)
    margin = MARGIN * min(image.width, image.height)
    return Box(margin, margin, image.width - margin, image.height - margin)


def _fitting(text: str, room: Box, size: int) -> tuple[Lettering, list[str]]:
    """Return the lines, in letters of that size or as much smaller as they need to fit."""
    width, height = int(room.right - room.left), int(room.bottom - room.top)
    smallest_whole = max(SMALLEST, round(WHOLE_WORDS * size))
    size = max(SMALLEST, min(size, height))
    while size >= SMALLEST:
        lettering = lettering_for(text, size)
        rim = 2 * _outline_width(size)
        longest_word = max(map(lettering.width, text.split()), default=0)
        if longest_word + rim > width and size * SHRINK >= smallest_whole:
            size = int(size * SHRINK)
            continue
        lines = wrap_text(text, lettering, width - rim)
        widest = max(map(lettering.width, lines), default=0)
        if widest + rim <= width and len(lines) * lettering.line_height + rim <= height:
            return lettering, lines
        size = int(size * SHRINK)
    raise BadArgument(
        f"the text {text[:40]!r} of {len(text)} characters does not fit into {width}×{height} "
        f"pixels in letters of {SMALLEST} pixels or more",
        hint="write less, choose a larger region, or make the picture larger first",
    )


def _outline_width(size: int) -> int:
    return max(1, round(OUTLINE * size))


def _alignment(place: str, region: Region | None) -> Align:
    if region is None and "left" in place:
        return "left"
    return "right" if region is None and "right" in place else "middle"


def _corner(mask: PIL.Image.Image, room: Box, place: str) -> tuple[int, int]:
    spare_x = room.right - room.left - mask.width
    spare_y = room.bottom - room.top - mask.height
    x = room.left + spare_x * _share(place, "left", "right")
    y = room.top + spare_y * _share(place, "top", "bottom")
    return round(x), round(y)


def _share(place: str, start: str, end: str) -> float:
    """Return how much of the spare room lies before the text: none, half or all of it."""
    return 0.0 if start in place else 1.0 if end in place else 0.5


def _fill(
    canvas: PIL.Image.Image,
    rgb: tuple[int, int, int],
    mask: PIL.Image.Image,
    corner: tuple[int, int],
) -> None:
    """Paint a colour through a mask; what was transparent becomes opaque there."""
    import PIL.Image

    if canvas.mode != "RGBA":
        canvas.paste(rgb, corner, mask)
        return
    alpha = PIL.Image.new("L", canvas.size, 0)
    alpha.paste(mask, corner)
    layer = PIL.Image.new("RGBA", canvas.size, rgb)
    layer.putalpha(alpha)
    canvas.alpha_composite(layer)
