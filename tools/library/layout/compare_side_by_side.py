"""Show two pictures next to each other."""

from __future__ import annotations

from tools import Image, tool
from tools.signal.picture_grid import Cell, lay_out, require_titles

TALLEST = 2_000
GAP = 0.015
"""Of the height; 4 pixels at least."""


@tool(words="Show {image} and {other} next to each other")
def compare_side_by_side(image: Image, other: Image, titles: list[str] | None = None) -> Image:
    """Show two pictures next to each other at one size, with titles such as "before" and "after".

    >>> both = compare_side_by_side(photo, grayscale(photo), ["before", "after"])

    Both get the height of the taller one.
    """
    names = require_titles(titles, 2)
    height = min(TALLEST, max(image.height, other.height))
    cells = [
        Cell(picture.opaque(), max(1, round(picture.width * height / picture.height)), height, name)
        for picture, name in zip((image, other), names, strict=True)
    ]
    return Image(lay_out([cells], max(4, round(GAP * height))))
