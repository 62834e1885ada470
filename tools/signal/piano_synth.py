"""A piano made of sines: notes become sound.

Each string sounds its overtones a little sharp, as stiff steel does, the higher ones softer and
sooner gone, and keeps sounding until the key is let go.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from tools.sdk.call_context import check_stop

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 32_000
LOWEST, HIGHEST = 21, 108
"""The keys of a piano, numbered as in MIDI: 60 is the middle C."""

LONGEST_NOTE_S = 6.0
RELEASE_S = 0.25
ATTACK_S = 0.003
OVERTONES = 20
STIFFNESS = 0.0004
INAUDIBLE = 7.0
"""After so many times its decay, a thousandth is left of an overtone."""
ROOM_S = 1.2
ROOM_SHARE = 0.12


@dataclass(frozen=True)
class Note:
    """A key pressed from one second to another, `loudness` from 0 to 1."""

    key: int
    start: float
    end: float
    loudness: float


def played(notes: Iterable[Note], seconds: float) -> NDArray[np.float32]:
    """The sound of the notes, that many seconds long, at RATE samples a second."""
    import numpy as np

    total = np.zeros(round((seconds + LONGEST_NOTE_S + RELEASE_S + 1) * RATE))
    release = np.cos(np.linspace(0, np.pi / 2, round(RELEASE_S * RATE))) ** 2
    heard = sorted((note for note in notes if note.start < seconds), key=lambda note: note.key)
    for key, same in groupby(heard, lambda note: note.key):
        check_stop()
        struck = list(same)
        lengths = [
            round(min(max(note.end - note.start, 0.05), LONGEST_NOTE_S) * RATE) for note in struck
        ]
        string = _string(key, max(lengths) + len(release))
        for note, held in zip(struck, lengths, strict=True):
            shape = np.concatenate([np.ones(held), release]) * note.loudness**1.5
            first = round(note.start * RATE)
            total[first : first + len(shape)] += string[: len(shape)] * shape
    total = _in_a_room(total)[: round(seconds * RATE)]
    ending = min(len(total), RATE)
    total[len(total) - ending :] *= np.linspace(1, 0, ending)
    return (total / max(np.abs(total).max(initial=0.0), 1e-6) * 0.8).astype(np.float32)


def _string(key: int, length: int) -> NDArray[np.float64]:
    """The key struck once and held for that many samples."""
    import numpy as np

    frequency = 440 * 2 ** ((key - 69) / 12)
    time = np.arange(length) / RATE
    # A low string rings for many seconds, the highest for less than one.
    decay = 0.35 * 2 ** ((key - 40) / 14)
    sound = np.zeros_like(time)
    for number in range(1, OVERTONES + 1):
        overtone = frequency * number * np.sqrt(1 + STIFFNESS * number**2)
        if overtone > 0.45 * RATE:
            break
        # A hammer at an eighth of the string leaves the eighth overtone out.
        strength = abs(np.sin(np.pi * number / 8.2)) / number**1.3
        fast, slow = decay * (1 + 0.6 * number), decay * (0.35 + 0.15 * number)
        while_heard = time[: round(INAUDIBLE / slow * RATE)]
        envelope = 0.7 * np.exp(-fast * 2 * while_heard) + 0.3 * np.exp(-slow * while_heard)
        wave = np.sin(2 * np.pi * overtone * while_heard + number)
        sound[: len(wave)] += strength * envelope * wave
    sound *= np.minimum(time / ATTACK_S, 1)
    knock = np.random.default_rng(key).normal(size=len(time)) * np.exp(-time / 0.006)
    return sound / np.abs(sound).max() + 0.02 * knock


def _in_a_room(dry: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    time = np.arange(round(ROOM_S * RATE)) / RATE
    echo = np.random.default_rng(0).normal(size=len(time)) * np.exp(-time / (ROOM_S / 5))
    echo *= np.minimum(time / 0.01, 1) / np.sqrt((echo**2).sum())
    size = 1 << (len(dry) + len(echo)).bit_length()
    wet = np.fft.irfft(np.fft.rfft(dry, size) * np.fft.rfft(echo, size), size)[: len(dry)]
    return dry + ROOM_SHARE * wet
