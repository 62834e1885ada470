"""Notes as a table, one row for each, and back; keys as people name them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import isfinite

from tools.errors import BadArgument
from tools.media import Table
from tools.signal.music.piano_synth import Note

COLUMNS = ("from second", "to second", "note", "score")
NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_NOTE = re.compile(r"([A-G])([#b]?)(-?\d)")
LOWEST_KEY, HIGHEST_KEY = 0, 127


def key_name(key: int) -> str:
    """Return the name of a key, numbered as in MIDI: 60 is C4."""
    return f"{NAMES[key % 12]}{key // 12 - 1}"


def notes_table(notes: Iterable[Note]) -> Table:
    """Return notes as a table in order of time."""
    in_order = sorted(notes, key=lambda note: (note.start, note.key))
    return Table(
        COLUMNS,
        tuple(
            (round(note.start, 2), round(note.end, 2), key_name(note.key), round(note.loudness, 2))
            for note in in_order
        ),
    )


def notes_of(table: Table) -> list[Note]:
    """Return the notes that such a table holds; BadArgument if it is another table."""
    if table.columns != COLUMNS:
        raise BadArgument(
            f"the table has the columns {', '.join(table.columns)}; "
            f"notes have {', '.join(COLUMNS)}",
            hint="use what notes wrote down",
        )
    return [_note_of(row) for row in table.rows]


def _note_of(row: tuple[str | float, ...]) -> Note:
    try:
        start, end, name, loudness = row
        note = Note(_key_of(str(name)), float(start), float(end), float(loudness))
    except ValueError as error:
        raise BadArgument(
            f"{row!r} is not a note: {error}", hint="use what notes wrote down"
        ) from error
    if not (isfinite(note.end) and 0 <= note.start <= note.end and 0 <= note.loudness <= 1):
        raise BadArgument(
            f"{row!r} is not a note: it needs a start, a later end, and a score from 0 to 1",
            hint="use what notes wrote down",
        )
    return note


def _key_of(name: str) -> int:
    match = _NOTE.fullmatch(name.strip())
    if not match:
        raise ValueError(f"{name!r} names no key, such as C4 or F#3")
    shift = {"#": 1, "b": -1, "": 0}[match[2]]
    key = NAMES.index(match[1]) + shift + 12 * (int(match[3]) + 1)
    if not LOWEST_KEY <= key <= HIGHEST_KEY:
        raise ValueError(f"{name!r} is a key that no instrument has")
    return key
