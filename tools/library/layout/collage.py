"""Arrange pictures on one page."""

from __future__ import annotations

from math import ceil, sqrt
from statistics import median_low
from typing import TYPE_CHECKING, Literal

from tools import BadArgument, Image, tool
from tools.media.media_limits import LIMITS
from tools.sdk.argument_checks import require_between
from tools.signal.picture_grid import Cell, lay_out, require_titles

if TYPE_CHECKING:
    import PIL.Image

MOST_IMAGES = 100
LONGEST_SIDE = 1_200
"""Pixels of a picture on the page: larger ones are shrunk."""

WIDEST_GAP = 500


@tool(words="Arrange {images} as a {how}")
def collage(
    images: list[Image],
    how: Literal["grid", "row", "column"] = "grid",
    titles: list[str] | None = None,
    gap: int = 8,
) -> Image:
    """Arrange pictures with gaps between them, each with a title if titles are given.

    >>> page = collage([photo, portrait, sign], titles=["coffee", "astronaut", "sign"])
    """
    if not 1 <= len(images) <= MOST_IMAGES:
        raise BadArgument(
            f"{len(images)} pictures cannot be arranged; allowed are 1 to {MOST_IMAGES}",
            hint="give a list of pictures, such as [image1, image2]",
        )
    require_between("gap", gap, 0, WIDEST_GAP)
    pictures = [image.opaque() for image in images]
    names = require_titles(titles, len(pictures))
    if how == "row":
        return Image(lay_out([_row(pictures, names)], gap))
    if how == "column":
        return Image(lay_out([[cell] for cell in _column(pictures, names)], gap))
    return Image(lay_out(_grid(pictures, names), gap))


def _row(pictures: list[PIL.Image.Image], titles: list[str]) -> list[Cell]:
    """Return cells of one height."""
    height = min(LONGEST_SIDE, median_low(picture.height for picture in pictures))
    return [
        Cell(picture, max(1, round(picture.width * height / picture.height)), height, title)
        for picture, title in zip(pictures, titles, strict=True)
    ]


def _column(pictures: list[PIL.Image.Image], titles: list[str]) -> list[Cell]:
    """Return cells of one width."""
    width = min(LONGEST_SIDE, median_low(picture.width for picture in pictures))
    return [
        Cell(picture, width, max(1, round(picture.height * width / picture.width)), title)
        for picture, title in zip(pictures, titles, strict=True)
    ]


def _grid(pictures: list[PIL.Image.Image], titles: list[str]) -> list[list[Cell]]:
    """Return rows of cells of one size; there are as many columns as rows, or one more."""
    columns = ceil(sqrt(len(pictures)))
    rows = ceil(len(pictures) / columns)
    # With gaps and titles the page must not exceed the limit.
    limit = min(LONGEST_SIDE, int(0.7 * sqrt(LIMITS.pixels / (columns * rows))))
    width = min(limit, median_low(picture.width for picture in pictures))
    height = min(limit, median_low(picture.height for picture in pictures))
    cells = [
        Cell(picture, width, height, title) for picture, title in zip(pictures, titles, strict=True)
    ]
    return [cells[start : start + columns] for start in range(0, len(cells), columns)]
