"""Tables as CSV, and notes as MIDI, for other programs."""

import pytest

from tools import BadArgument, Table
from tools.signal.music.note_tables import notes_table
from tools.signal.music.piano_synth import Note
from tools.signal.table_files import CSV, MIDI, table_file, table_suffixes

PRICES = Table(("dish", "price"), (("soup", 3.5),))
NOTES = notes_table([Note(60, 0, 0.5, 1.0), Note(64, 0.5, 1.0, 0.5), Note(60, 0.5, 0.75, 0)])


def test_any_table_becomes_comma_separated_text() -> None:
    assert table_suffixes(PRICES.columns) == (CSV,)
    assert table_file(PRICES, CSV) == b"dish,price\nsoup,3.5\n"


def test_notes_become_a_midi_file_too() -> None:
    assert table_suffixes(NOTES.columns) == (CSV, MIDI)
    track = bytes.fromhex(
        "00ff5103 07a120"  # half a second a beat
        "00 903c7f"  # C4 at 0 s, as loud as can be
        "8360 803c00"  # its end, 480 ticks later; C4 begins again
        "00 903c01"
        "00 904040"  # E4, half as loud
        "8170 803c00"  # after 240 ticks
        "8170 804000"
        "00ff2f00"
    )

    content = table_file(NOTES, MIDI)

    header = bytes.fromhex("4d546864 00000006 0000 0001 01e0 4d54726b")
    assert content == header + len(track).to_bytes(4, "big") + track


def test_a_table_of_something_else_has_no_notes() -> None:
    with pytest.raises(BadArgument, match="the table has the columns dish, price"):
        table_file(PRICES, MIDI)
