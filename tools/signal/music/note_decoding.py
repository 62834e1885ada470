"""Notes out of what a network hears in each frame, as Basic Pitch decodes them.

https://github.com/spotify/basic-pitch/blob/main/basic_pitch/note_creation.py
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tools.sdk.call_context import check_stop
from tools.signal.music.piano_synth import LOWEST, Note

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 22_050
FRAME = 256
"""Samples in each frame."""

STRUCK = 0.5
SOUNDING = 0.3
SHORTEST_FRAMES = 11
LONGEST_BREAK = 11
"""Frames in which a note may be too soft and still go on."""


def decode_notes(sounding: NDArray[np.float32], struck: NDArray[np.float32]) -> list[Note]:
    """Return notes from how sure it is that keys sound and are struck: (frames, keys)."""
    decoder = _Decoder(sounding)
    for frame, key in _onsets(sounding, struck):
        decoder.add_struck(frame, key)
    decoder.add_others()
    return decoder.notes


class _Decoder:
    """Takes one note after the other out of what is left of the sound."""

    def __init__(self, sounding: NDArray[np.float32]) -> None:
        self.notes: list[Note] = []
        self._sounding = sounding
        self._left = sounding.copy()

    def add_struck(self, start: int, key: int) -> None:
        """Take the note that is struck there, if it lasts."""
        end = self._end(start, key)
        if end - start > SHORTEST_FRAMES:
            self._take(start, end, key)

    def add_others(self) -> None:
        """Take what else sounds, loudest first: notes that nothing strikes."""
        left = self._left
        # The largest of each frame, so that not everything is searched again for each note.
        largest = left.max(axis=1) if left.size else np.zeros(0, np.float32)
        count = 0
        while largest.size and largest.max() > SOUNDING:
            count += 1
            if count % 100 == 0:
                check_stop()
            middle = int(largest.argmax())
            key = int(left[middle].argmax())
            end, start = self._end(middle, key), self._start(middle, key)
            keys = slice(max(key - 1, 0), key + 2)
            reach = slice(max(start - LONGEST_BREAK, 0), end + LONGEST_BREAK)
            if end - start > SHORTEST_FRAMES:
                self._note(start, end, key)
                left[start:end, keys] = 0
            left[middle, key] = 0
            left[start:end, keys] = 0
            largest[reach] = left[reach].max(axis=1)

    def _take(self, start: int, end: int, key: int) -> None:
        self._left[start:end, max(key - 1, 0) : key + 2] = 0
        self._note(start, end, key)

    def _note(self, start: int, end: int, key: int) -> None:
        score = float(self._sounding[start:end, key].mean())
        times = (start * FRAME / RATE, end * FRAME / RATE)
        self.notes.append(Note(key + LOWEST, *times, min(max(score, 0.0), 1.0)))

    def _end(self, start: int, key: int) -> int:
        """Return the frame behind the last in which the key sounds."""
        soft = self._left[start + 1 :, key] < SOUNDING
        return start + 1 + _until_break(soft)

    def _start(self, middle: int, key: int) -> int:
        """Return the first frame in which the key sounds."""
        soft = self._left[:middle, key][::-1] < SOUNDING
        return middle - _until_break(soft)


def _until_break(soft: NDArray[np.bool_]) -> int:
    """Return how many frames it goes on: until it is soft for a while, or to its last sound."""
    run = 0
    for number, is_soft in enumerate(soft.tolist()):
        run = run + 1 if is_soft else 0
        if run == LONGEST_BREAK:
            return number + 1 - run
    return len(soft) - run


def _onsets(sounding: NDArray[np.float32], struck: NDArray[np.float32]) -> list[tuple[int, int]]:
    """Return frames and keys that are struck, the last first, so that none ends another."""
    if len(sounding) < 3:
        return []
    before = np.pad(sounding, ((2, 0), (0, 0)))
    # Where a key suddenly sounds it is struck, even if no stroke is heard.
    rise = np.minimum(sounding - before[1:-1], sounding - before[:-2]).clip(0)
    rise[:2] = 0
    if rise.max() > 0:
        struck = np.maximum(struck, rise * (struck.max() / rise.max()))
    middle = struck[1:-1]
    peak = (middle > struck[:-2]) & (middle > struck[2:]) & (middle >= STRUCK)
    frames, keys = np.nonzero(peak)
    return [(int(frame) + 1, int(key)) for frame, key in zip(frames, keys, strict=True)][::-1]
