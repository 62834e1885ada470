"""Write tables as files for other programs: CSV, and MIDI where the rows are notes."""

from __future__ import annotations

import csv
import io
import re

from tools.media import Table
from tools.signal.music.midi_file import midi_file
from tools.signal.music.note_tables import COLUMNS, notes_of

CSV, MIDI = ".csv", ".mid"
_NUMBER = re.compile(r"[-+]?\d[\d.,]*(e[-+]?\d+)?%?", re.IGNORECASE)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(table: Table) -> str:
    """Return a table as comma-separated text in which no program finds a formula."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(map(_without_formula, table.columns))
    writer.writerows(map(_without_formula, row) for row in table.rows)
    return file.getvalue()


def table_suffixes(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Return how the files end that a table with these columns can be saved as."""
    return (CSV, MIDI) if columns == COLUMNS else (CSV,)


def table_file(table: Table, suffix: str) -> bytes:
    """Return the content of the file with this suffix; BadArgument if the rows are no notes."""
    return midi_file(notes_of(table)) if suffix == MIDI else csv_text(table).encode()


def _without_formula(cell: str | float) -> str | float:
    """Return the cell with an apostrophe before what a spreadsheet would compute."""
    if isinstance(cell, str) and cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell.strip()):
        return f"'{cell}"
    return cell
