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
class TimedBox:
    """A box and its time in the video."""

    second: float
    box: Box


def boxes_to_table(boxes: Iterable[TimedBox]) -> Table:
    """Write the boxes to a table."""
    return Table(
        COLUMNS,
        tuple(
            (
                round(timed_box.second, 2),
                timed_box.box.label,
                round(timed_box.box.score, 2),
                *(round(edge) for edge in _edges(timed_box.box)),
            )
            for timed_box in boxes
        ),
    )


def table_to_boxes(table: Table) -> list[TimedBox]:
    """Read the boxes from a table; BadArgument if it is another."""
    if table.columns != COLUMNS:
        raise BadArgument(
            f"the table has the columns {', '.join(table.columns)}; "
            f"boxes in a film have {', '.join(COLUMNS)}",
            hint="use what detect_in_video or track found",
        )
    boxes: list[TimedBox] = []
    for second, label, score, *corners in table.rows:
        try:
            left, top, right, bottom = (float(edge) for edge in corners)
            box = Box(left, top, right, bottom, str(label), float(score))
            boxes.append(TimedBox(float(second), box))
        except ValueError as error:
            raise BadArgument(
                f"{corners!r} at second {second!r} are not the edges of a box: {error}",
                hint="use what detect_in_video or track found",
            ) from error
    return boxes


def _edges(box: Box) -> tuple[float, float, float, float]:
    return box.left, box.top, box.right, box.bottom
