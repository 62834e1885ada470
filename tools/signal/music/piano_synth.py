"""Synthesise piano notes by additive synthesis.

The partials of a string are slightly inharmonic, as in stiff steel; higher ones are softer and
decay faster. A note sounds until its key is released.
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
"""MIDI numbers of the lowest and highest key; 60 is middle C."""

LONGEST_NOTE_S = 6.0
RELEASE_S = 0.25
ATTACK_S = 0.003
OVERTONES = 20
STIFFNESS = 0.0004
INAUDIBLE = 7.0
"""Time constants after which an overtone has decayed to a thousandth."""
REVERB_S = 1.2
REVERB_LEVEL = 0.12


@dataclass(frozen=True)
class Note:
    """A key with times in seconds and a loudness up to 1."""

    key: int
    start: float
    end: float
    loudness: float


def render_notes(notes: Iterable[Note], seconds: float) -> NDArray[np.float32]:
    """Render the notes to samples of that duration at RATE."""
    import numpy as np

    total = np.zeros(round((seconds + LONGEST_NOTE_S + RELEASE_S + 1) * RATE))
    release = np.cos(np.linspace(0, np.pi / 2, round(RELEASE_S * RATE))) ** 2
    audible = sorted((note for note in notes if note.start < seconds), key=lambda note: note.key)
    for key, group in groupby(audible, lambda note: note.key):
        check_stop()
        same_key = list(group)
        lengths = [
            round(min(max(note.end - note.start, 0.05), LONGEST_NOTE_S) * RATE) for note in same_key
        ]
        string = _key_sound(key, max(lengths) + len(release))
        for note, length in zip(same_key, lengths, strict=True):
            envelope = np.concatenate([np.ones(length), release]) * note.loudness**1.5
            first = round(note.start * RATE)
            total[first : first + len(envelope)] += string[: len(envelope)] * envelope
    total = _add_reverb(total)[: round(seconds * RATE)]
    ending = min(len(total), RATE)
    total[len(total) - ending :] *= np.linspace(1, 0, ending)
    return (total / max(np.abs(total).max(initial=0.0), 1e-6) * 0.8).astype(np.float32)


def _key_sound(key: int, length: int) -> NDArray[np.float64]:
    """Synthesise one key held for that many samples."""
    import numpy as np

    frequency = 440 * 2 ** ((key - 69) / 12)
    time = np.arange(length) / RATE
    # Low strings decay in many seconds, the highest in less than one.
    decay = 0.35 * 2 ** ((key - 40) / 14)
    sound = np.zeros_like(time)
    for number in range(1, OVERTONES + 1):
        overtone = frequency * number * np.sqrt(1 + STIFFNESS * number**2)
        if overtone > 0.45 * RATE:
            break
        # A hammer at an eighth of the string suppresses the eighth overtone.
        strength = abs(np.sin(np.pi * number / 8.2)) / number**1.3
        fast, slow = decay * (1 + 0.6 * number), decay * (0.35 + 0.15 * number)
        audible_time = time[: round(INAUDIBLE / slow * RATE)]
        envelope = 0.7 * np.exp(-fast * 2 * audible_time) + 0.3 * np.exp(-slow * audible_time)
        wave = np.sin(2 * np.pi * overtone * audible_time + number)
        sound[: len(wave)] += strength * envelope * wave
    sound *= np.minimum(time / ATTACK_S, 1)
    knock = np.random.default_rng(key).normal(size=len(time)) * np.exp(-time / 0.006)
    return sound / np.abs(sound).max() + 0.02 * knock


def _add_reverb(dry: NDArray[np.float64]) -> NDArray[np.float64]:
    import numpy as np

    time = np.arange(round(REVERB_S * RATE)) / RATE
    echo = np.random.default_rng(0).normal(size=len(time)) * np.exp(-time / (REVERB_S / 5))
    echo *= np.minimum(time / 0.01, 1) / np.sqrt((echo**2).sum())
    size = 1 << (len(dry) + len(echo)).bit_length()
    wet = np.fft.irfft(np.fft.rfft(dry, size) * np.fft.rfft(echo, size), size)[: len(dry)]
    return dry + REVERB_LEVEL * wet
