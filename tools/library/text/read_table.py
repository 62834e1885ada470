"""Read a table in an image."""

from __future__ import annotations

import re
from collections.abc import Sequence

from tools import BadArgument, Box, Image, Region, Table, tool
from tools.library.text.read_text import TextReader, read_lines
from tools.signal.image_regions import crop_to_region

ColumnSpan = tuple[float, float]
"""The left and right edge of a column, in pixels."""

_NUMBER = re.compile(r"[-+]?\d[\d,]*(\.\d+)?")


@tool(words="Read the table in {image}[, within {region}]")
def read_table(model: TextReader, image: Image, region: Region | None = None) -> Table:
    """Read a table, price list or receipt in a picture into columns and rows.

    >>> prices = read_table(receipt)
    """
    lines = read_lines(model, crop_to_region(image, region))
    while lines and len(lines[0]) == 1:  # a title
        lines = lines[1:]
    columns = _columns(lines)
    if len(columns) < 2:
        raise BadArgument(
            "no columns were found in the picture",
            hint="crop the picture to the table, or use read_text",
        )
    rows = [_cells(line, columns) for line in lines]
    header = rows[0]
    if any(_NUMBER.fullmatch(cell) for cell in header):
        header = [str(number + 1) for number in range(len(columns))]
    else:
        rows = rows[1:]
    return Table(tuple(header), tuple(tuple(row) for row in rows))


def _columns(lines: Sequence[Sequence[Box]]) -> list[ColumnSpan]:
    """Return the columns: text boxes that overlap horizontally share one.

    A text box alone on its line may span several columns, so it is ignored.
    """
    columns: list[ColumnSpan] = []
    text_boxes = [text_box for line in lines if len(line) > 1 for text_box in line]
    for piece in sorted(text_boxes, key=lambda piece: piece.left):
        if columns and piece.left < columns[-1][1]:
            columns[-1] = (columns[-1][0], max(columns[-1][1], piece.right))
        else:
            columns.append((piece.left, piece.right))
    return columns


def _cells(line: Sequence[Box], columns: Sequence[ColumnSpan]) -> list[str]:
    """Return the text of a line by column; empty for an empty cell."""
    words: list[list[str]] = [[] for _ in columns]
    for text_box in line:
        overlaps = [
            min(text_box.right, right) - max(text_box.left, left) for left, right in columns
        ]
        words[overlaps.index(max(overlaps))].append(text_box.label)
    return [" ".join(cell) for cell in words]
