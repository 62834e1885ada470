"""Write a table as comma-separated text."""

from __future__ import annotations

import csv
import io
import re

from tools import Table, tool

_NUMBER = re.compile(r"[-+]?\d[\d.,]*(e[-+]?\d+)?%?", re.IGNORECASE)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@tool(words="Write {table} as CSV")
def to_csv(table: Table) -> str:
    """Write a table as comma-separated text, to copy or download.

    Cells that a spreadsheet would take for a formula get an apostrophe before them, numbers not.

    >>> text = to_csv(detect_in_video(film))
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(map(_safe, table.columns))
    writer.writerows(map(_safe, row) for row in table.rows)
    return file.getvalue()


def _safe(cell: str | float) -> str | float:
    """Return the cell so that no program runs it."""
    if isinstance(cell, str) and cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell.strip()):
        return f"'{cell}"
    return cell
