"""Convert boxes in a video to a table and back.

The table has one row for each box and time. Tools that detect objects write these tables; tools
that draw boxes read them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tools.errors import BadArgument
from tools.media import Box, Table

COLUMNS = ("second", "label", "score", "left", "top", "right", "bottom")


@dataclass(frozen=True)
class BoxAt:
    """A box and its time in the video."""

    second: float
    box: Box


def table_of(boxes: Iterable[BoxAt]) -> Table:
    """Write the boxes to a table."""
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
    """Read the boxes from a table; BadArgument if it is another."""
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
