"""Notes of real instruments, resampled from a small note bank."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from evals.world.sprites import DATA

RATE = 16_000
"""Sample rate of the world's sounds."""
PITCHES = (48, 54, 60, 66, 72, 78, 84)
"""The MIDI pitches in the bank: no note is shifted by more than three semitones."""
NOTE_S = 1.6
"""Duration of each note in the bank."""
RELEASE_S = 0.06
"""Fade-out of a note that ends early."""

_NOTE_SAMPLES = int(NOTE_S * RATE)


@dataclass(frozen=True)
class Instrument:
    """An instrument: its General MIDI program (from 0) and synonyms."""

    name: str
    program: int
    plural: str
    words: tuple[str, ...] = ()


INSTRUMENTS: Mapping[str, Instrument] = MappingProxyType(
    {
        instrument.name: instrument
        for instrument in (
            Instrument("piano", 0, "pianos", ("grand piano",)),
            Instrument("music box", 10, "music boxes"),
            Instrument("xylophone", 13, "xylophones"),
            Instrument("organ", 19, "organs", ("church organ", "pipe organ")),
            Instrument("accordion", 21, "accordions"),
            Instrument("guitar", 24, "guitars", ("acoustic guitar",)),
            Instrument("violin", 40, "violins", ("fiddle",)),
            Instrument("cello", 42, "cellos"),
            Instrument("harp", 46, "harps"),
            Instrument("trumpet", 56, "trumpets"),
            Instrument("saxophone", 65, "saxophones", ("sax",)),
            Instrument("clarinet", 71, "clarinets"),
            Instrument("flute", 73, "flutes"),
            Instrument("banjo", 105, "banjos"),
        )
    }
)
"""Every instrument by name, in the order of the bank."""


@cache
def _bank() -> NDArray[np.float32]:
    """(instruments, pitches, samples)."""
    import av

    with av.open(str(DATA / "notes.flac")) as file:
        parts = [frame.to_ndarray().ravel() for frame in file.decode(audio=0)]
    samples = np.concatenate(parts).astype(np.float32) / np.float32(32768)
    return samples.reshape(len(INSTRUMENTS), len(PITCHES), _NOTE_SAMPLES)


@cache
def _full_note(name: str, pitch: int) -> NDArray[np.float32]:
    nearest = min(range(len(PITCHES)), key=lambda index: abs(PITCHES[index] - pitch))
    recording = _bank()[list(INSTRUMENTS).index(name), nearest]
    speed = 2 ** ((pitch - PITCHES[nearest]) / 12)
    positions = np.arange(0, _NOTE_SAMPLES - 1, speed)
    return np.interp(positions, np.arange(_NOTE_SAMPLES), recording).astype(np.float32)


def note(name: str, pitch: int, seconds: float) -> NDArray[np.float32]:
    """Return an instrument's note of at most 1.3 s, with fade-out."""
    full_note = _full_note(name, pitch)
    length = min(int((seconds + RELEASE_S) * RATE), len(full_note))
    samples = full_note[:length].copy()
    release = min(int(RELEASE_S * RATE), length)
    samples[-release:] *= np.linspace(1, 0, release, dtype=np.float32)
    return samples
