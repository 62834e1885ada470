"""Boxes in a film as a table, one row for each box and time, and back.

Plans say them as they are; tools that find things write them and tools that show things read them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tools.errors import BadArgument
from tools.media import Box, Table

COLUMNS = ("second", "label", "score", "left", "top", "right", "bottom")


@dataclass(frozen=True)
class BoxAt:
    """A box and when it is there."""

    second: float
    box: Box


def table_of(boxes: Iterable[BoxAt]) -> Table:
    """The table that says where things are, in order of time."""
    return Table(
        COLUMNS,
        tuple(
            (
                round(at.second, 2),
                at.box.label,
                round(at.box.score, 2),
                *(round(place) for place in _corners(at.box)),
            )
            for at in boxes
        ),
    )


def boxes_of(table: Table) -> list[BoxAt]:
    """The boxes that such a table tells of; BadArgument if it is another table."""
    if table.columns != COLUMNS:
        raise BadArgument(
            f"the table has the columns {', '.join(table.columns)}; "
            f"boxes in a film have {', '.join(COLUMNS)}",
            hint="use what detect_in_video or track found",
        )
    found: list[BoxAt] = []
    for second, label, score, *corners in table.rows:
        try:
            left, top, right, bottom = (float(place) for place in corners)
            box = Box(left, top, right, bottom, str(label), float(score))
            found.append(BoxAt(float(second), box))
        except ValueError as error:
            raise BadArgument(
                f"{corners!r} at second {second!r} are not the edges of a box: {error}",
                hint="use what detect_in_video or track found",
            ) from error
    return found


def _corners(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom
