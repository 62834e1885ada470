"""Pictures in rows on one white page, each with a title if it has one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import PIL.Image

from tools.errors import BadArgument
from tools.sdk.argument_checks import require_pixels
from tools.sdk.call_context import check_stop
from tools.signal.text_rendering import Lettering, lettering_for, plain_text, text_mask, wrap_text

TITLE_SIZE = 0.06
SMALLEST_TITLE, LARGEST_TITLE = 12, 60
"""Pixels; between them letters are TITLE_SIZE of a picture's height."""

MOST_TITLE_LINES = 3


@dataclass(frozen=True)
class Cell:
    """A picture with the size of its place on the page; it is centred there, whole."""

    picture: PIL.Image.Image
    width: int
    height: int
    title: str = ""


def require_titles(titles: Sequence[str] | None, count: int) -> list[str]:
    """Return a title for each picture, empty ones without titles; refuse another number of them."""
    if titles and len(titles) != count:
        raise BadArgument(
            f"there are {len(titles)} titles for {count} pictures: {list(titles)[:5]!r}",
            hint="give one title for each picture, or none",
        )
    return [plain_text(title) for title in titles] if titles else [""] * count


def lay_out(rows: Sequence[Sequence[Cell]], gap: int) -> PIL.Image.Image:
    """Return the page with rows of cells, titles above their pictures."""
    heights = sorted(cell.height for row in rows for cell in row)
    size = round(TITLE_SIZE * heights[len(heights) // 2])
    size = min(LARGEST_TITLE, max(SMALLEST_TITLE, size))
    titles = [[_title(cell, size) for cell in row] for row in rows]
    bands = [max(title.height if title else 0 for title in row) for row in titles]
    width = max(sum(cell.width for cell in row) + gap * (len(row) - 1) for row in rows)
    height = sum(max(cell.height for cell in row) for row in rows)
    height += sum(bands) + gap * (len(rows) - 1)
    require_pixels(width, height)
    page = PIL.Image.new("RGB", (width, height), "white")
    y = 0
    for row, row_titles, band in zip(rows, titles, bands, strict=True):
        x = 0
        for cell, title in zip(row, row_titles, strict=True):
            check_stop()
            if title:
                corner = (x + (cell.width - title.width) // 2, y + band - title.height)
                page.paste("black", corner, title)
            _paste(page, cell, x, y + band)
            x += cell.width + gap
        y += band + max(cell.height for cell in row) + gap
    return page


def _paste(page: PIL.Image.Image, cell: Cell, x: int, y: int) -> None:
    scale = min(cell.width / cell.picture.width, cell.height / cell.picture.height)
    width = min(cell.width, max(1, round(cell.picture.width * scale)))
    height = min(cell.height, max(1, round(cell.picture.height * scale)))
    picture = cell.picture.resize((width, height), PIL.Image.Resampling.LANCZOS)
    page.paste(picture, (x + (cell.width - width) // 2, y + (cell.height - height) // 2))


def _title(cell: Cell, size: int) -> PIL.Image.Image | None:
    """Return the title as wide as the cell at most, wrapped and shortened as it needs."""
    if not cell.title:
        return None
    lettering = lettering_for(cell.title + "…", size)
    lines = wrap_text(cell.title, lettering, cell.width)
    if len(lines) > MOST_TITLE_LINES:
        last = _shortened(lines[MOST_TITLE_LINES - 1], lettering, cell.width)
        lines = [*lines[: MOST_TITLE_LINES - 1], last]
    mask = text_mask(lines, lettering, "middle")
    left = max(0, (mask.width - cell.width) // 2)
    return mask.crop((left, 0, left + min(mask.width, cell.width), mask.height))


def _shortened(line: str, lettering: Lettering, width: int) -> str:
    while line and lettering.width(line + "…") > width:
        line = line[:-1]
    return line + "…"
