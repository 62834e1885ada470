"""Write notes as a Standard MIDI File, for notation programs and instruments.

One track of piano at 120 beats a minute, so that a second has 960 ticks.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from tools.signal.music.piano_synth import Note

TICKS_A_BEAT = 480
TICKS_A_SECOND = 2 * TICKS_A_BEAT
_TEMPO = b"\x00\xff\x51\x03" + (500_000).to_bytes(3, "big")
"""At time 0: microseconds a beat."""
_END = b"\x00\xff\x2f\x00"
_NOTE_ON, _NOTE_OFF = 0x90, 0x80
_LOUDEST = 127


def midi_file(notes: Iterable[Note]) -> bytes:
    """Return the content of a MIDI file (format 0) with these notes."""
    track = _TEMPO + b"".join(_events(notes)) + _END
    header = struct.pack(">4sIHHH", b"MThd", 6, 0, 1, TICKS_A_BEAT)
    return header + struct.pack(">4sI", b"MTrk", len(track)) + track


def _events(notes: Iterable[Note]) -> Iterator[bytes]:
    """Yield the events in order of time; a key is released before it is struck again."""
    events: list[tuple[int, int, int, int]] = []
    for note in notes:
        start = round(note.start * TICKS_A_SECOND)
        end = max(round(note.end * TICKS_A_SECOND), start + 1)
        velocity = min(max(round(note.loudness * _LOUDEST), 1), _LOUDEST)
        events += [(start, _NOTE_ON, note.key, velocity), (end, _NOTE_OFF, note.key, 0)]
    time = 0
    for tick, status, key, velocity in sorted(events):
        yield _variable_length(tick - time) + bytes((status, key, velocity))
        time = tick


def _variable_length(number: int) -> bytes:
    """Return a number in groups of seven bits, each but the last with its top bit set."""
    groups = [number & 0x7F]
    while number := number >> 7:
        groups.append(number & 0x7F | 0x80)
    return bytes(reversed(groups))
