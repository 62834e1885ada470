"""Write a table as comma-separated text."""

from __future__ import annotations

from tools import Table, tool
from tools.signal.table_files import csv_text


@tool(words="Write {table} as CSV")
def to_csv(table: Table) -> str:
    """Write a table as comma-separated text, to copy or download.

    Cells that a spreadsheet would take for a formula get an apostrophe before them, numbers not.

    >>> text = to_csv(detect_in_video(film))
    """
    return csv_text(table)
