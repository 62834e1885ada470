"""Two-second synthetic sounds with exact ground truth.

>>> sound = make_sound("train", seed=0, number=2)
>>> sound.samples.shape, sound.caption
((32000,), 'a loud xylophone playing a fast rising scale')
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count

import numpy as np
from numpy.typing import NDArray

from evals.world.audio.effects import EFFECTS, slide
from evals.world.audio.instruments import INSTRUMENTS, RATE, note
from evals.world.audio.sound_content import SLIDES, SoundContent, draw_sound
from evals.world.audio.sound_sentences import plain_sound, speak_of_sound
from evals.world.phrase_templates import Phrasing
from evals.world.seeded_random import SeededRandom
from evals.world.splits import Split, split_number

SECONDS = 2.0
SAMPLES = int(SECONDS * RATE)
SENTENCES = 5
"""Number of sentences for each sound."""

_SOUNDS, _SAMPLES, _SENTENCES = 101, 1, 2
"""Parts of the random keys: sounds differ from scenes with the same numbers."""
_PEAKS = {"soft": (0.06, 0.1), None: (0.28, 0.4), "loud": (0.85, 0.98)}
_STEPS_S = {"slow": (0.36, 0.42), None: (0.24, 0.28), "fast": (0.13, 0.16)}
_MAJOR = (0, 2, 4, 5, 7, 9, 11, 12, 14, 16, 17, 19, 21)
_PENTATONIC = (0, 2, 4, 7, 9, 12, 14, 16)
_CHORDS = ((0, 4, 7), (0, 3, 7), (0, 4, 7, 12))


@dataclass(frozen=True)
class Sound:
    """A sound and its ground truth."""

    key: tuple[int, ...]
    content: SoundContent

    @cached_property
    def samples(self) -> NDArray[np.float32]:
        """From -1 to 1, at RATE samples a second."""
        rng = SeededRandom(*self.key, _SAMPLES)
        waveform = (
            _music(self.content, rng)
            if self.content.name in INSTRUMENTS
            else _effect(self.content, rng)
        )
        return (
            waveform * (rng.between(*_PEAKS[self.content.loudness]) / np.abs(waveform).max())
        ).astype(np.float32)

    @property
    def caption(self) -> str:
        """The canonical caption: all that is true, always phrased alike."""
        return plain_sound(self.content)

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """Several phrasings, some of them requests to play the sound."""
        return tuple(self.speak(number) for number in range(SENTENCES))

    def speak(self, number: int = 0, phrasing: Phrasing = "seen") -> str:
        """Return another sentence; "unseen" phrasings are held out from training."""
        return speak_of_sound(self.content, phrasing, SeededRandom(*self.key, _SENTENCES, number))


def make_sound(split: Split, seed: int, number: int) -> Sound:
    """Create a sound; the same arguments always return the same one."""
    key = (_SOUNDS, split_number(split), seed, number)
    return Sound(key, draw_sound(split, SeededRandom(*key)))


def sounds(split: Split, seed: int, first: int = 0) -> Iterator[Sound]:
    """Yield sounds without end."""
    return (make_sound(split, seed, number) for number in count(first))


@dataclass(frozen=True)
class SoundBatch:
    """Many sounds, their samples in one array."""

    sounds: tuple[Sound, ...]
    samples: NDArray[np.float32]
    """(sounds, SAMPLES)."""
    sentences: tuple[str, ...]
    """One for each sound."""


def sound_batch(split: Split, seed: int, first: int, count: int) -> SoundBatch:
    """Return a training batch of the sounds numbered from `first`."""
    batch = tuple(make_sound(split, seed, first + number) for number in range(count))
    samples = np.stack([sound.samples for sound in batch])
    return SoundBatch(batch, samples, tuple(sound.speak() for sound in batch))


def _music(content: SoundContent, rng: SeededRandom) -> NDArray[np.float32]:
    low, high = {"low": (48, 54), None: (57, 68), "high": (76, 84)}[content.register]
    base, step = rng.integer(low, high), rng.between(*_STEPS_S[content.tempo])
    waveform, start = np.zeros(SAMPLES, dtype=np.float32), rng.between(0.02, 0.08)
    match content.pattern:
        case "note":
            notes = [(start, base, 1.2)]
        case "notes":
            gap = rng.between(0.34, 0.37)
            notes = [(start + index * gap, base, 0.85 * gap) for index in range(content.times or 1)]
        case "chord":
            notes = [(start, base + interval, 1.2) for interval in rng.choose(_CHORDS)]
        case "tune":
            notes = _tune(base, start, step, rng)
        case _:
            steps = int((SECONDS - start) / step)
            climb = [base + above for above in _MAJOR[: min(steps, 8)]]
            if content.pattern == "falling scale":
                climb.reverse()
            notes = [(start + turn * step, pitch, step) for turn, pitch in enumerate(climb)]
    for onset, pitch, seconds in notes:
        _mix_in(waveform, note(content.name, pitch, seconds), onset)
    return waveform


def _tune(
    base: int, start: float, step: float, rng: SeededRandom
) -> list[tuple[float, int, float]]:
    """Return notes that wander up and down without forming a scale."""
    notes: list[tuple[float, int, float]] = []
    degree, rising = rng.integer(3, 4), rng.chance(0.5)
    while start + step < SECONDS:
        seconds = step * rng.choose((1, 1, 1, 2))
        notes.append((start, base + _PENTATONIC[degree], seconds))
        leap = rng.choose((1, 2, 3))
        if len(notes) == 2 or rng.chance(0.6):
            rising = not rising
        degree = min(max(degree + (leap if rising else -leap), 0), len(_PENTATONIC) - 1)
        start += seconds
    return notes


def _effect(content: SoundContent, rng: SeededRandom) -> NDArray[np.float32]:
    effect = EFFECTS[content.name]
    if content.pattern in SLIDES:
        return slide(SECONDS, content.pattern == "rising", rng)
    if not effect.is_countable:
        return effect.make(SECONDS, rng) * _envelope(content.pattern, rng)
    waveform = np.zeros(SAMPLES, dtype=np.float32)
    start, gap = rng.between(0.03, 0.12), rng.between(0.35, 0.38)
    event = effect.make(0.0, rng)
    for index in range(content.times or 1):
        _mix_in(waveform, event, start + index * gap)
    return waveform


def _envelope(pattern: str, rng: SeededRandom) -> NDArray[np.float32]:
    """Return the amplitude envelope of a continuous sound."""
    progress = np.linspace(0, 1, SAMPLES, dtype=np.float32)
    switch = rng.between(0.42, 0.58)
    match pattern:
        case "growing":
            return 0.04 + progress**1.5
        case "fading":
            return 0.04 + progress[::-1] ** 1.5
        case "stopping":
            return ((switch - progress) * 40).clip(0, 1)
        case "starting":
            return ((progress - switch) * 40).clip(0, 1)
        case _:
            return np.ones_like(progress)


def _mix_in(waveform: NDArray[np.float32], part: NDArray[np.float32], start_s: float) -> None:
    start = int(start_s * RATE)
    window = waveform[start : start + len(part)]
    window += part[: len(window)]
