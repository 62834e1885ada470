"""The content of a sound: its source, pattern, count, loudness and tempo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from evals.world.audio.effects import EFFECTS
from evals.world.audio.instruments import INSTRUMENTS
from evals.world.seeded_random import SeededRandom
from evals.world.splits import Pair, Split, hold_out, split_of

Loudness = Literal["soft", "loud"]
Tempo = Literal["slow", "fast"]
Register = Literal["low", "high"]

MUSIC = ("note", "notes", "rising scale", "falling scale", "chord", "tune")
"""Patterns of an instrument."""
ONGOING = ("steady", "growing", "fading", "stopping", "starting")
"""Patterns of a continuous sound."""
SLIDES = ("rising", "falling")
"""Patterns of a continuous sound whose pitch can glide."""
TIMES = (1, 2, 3, 4, 5)

_KINDS = {
    "music": tuple(INSTRUMENTS),
    "counted": tuple(name for name, effect in EFFECTS.items() if effect.is_countable),
    "ongoing": tuple(name for name, effect in EFFECTS.items() if not effect.is_countable),
}
SOUND_NAMES = tuple(name for names in _KINDS.values() for name in names)
HELD_OUT: Mapping[Pair, Split] = {
    **hold_out(_KINDS["music"], {"pattern": MUSIC, "times": TIMES[1:]}),
    **hold_out(_KINDS["counted"], {"times": TIMES}),
    **hold_out(_KINDS["ongoing"], {"pattern": ONGOING}),
}
"""The pairs held out from training."""


@dataclass(frozen=True)
class SoundContent:
    """Everything true of a sound; values of None are never mentioned."""

    name: str
    pattern: str
    """One of MUSIC, ONGOING, SLIDES, or "times" for a countable sound."""
    times: int | None = None
    loudness: Loudness | None = None
    tempo: Tempo | None = None
    register: Register | None = None

    @property
    def pairs(self) -> frozenset[Pair]:
        """The pairs that decide the split."""
        pairs = {Pair(self.name, "pattern", self.pattern)}
        if self.times:
            pairs.add(Pair(self.name, "times", self.times))
        return frozenset(pairs)


def draw_sound(split: Split, rng: SeededRandom) -> SoundContent:
    """Sample a content that belongs to the split."""
    kind = rng.choose(("music", "music", "music", "counted", "ongoing"))
    while True:
        content = _content(rng.choose(_KINDS[kind]), rng)
        if split_of(content.pairs, HELD_OUT) == split:
            return content


def _content(name: str, rng: SeededRandom) -> SoundContent:
    loudness = rng.choose((None, "soft", "loud"))
    if name in INSTRUMENTS:
        pattern = rng.choose(MUSIC)
        return SoundContent(
            name,
            pattern,
            rng.choose(TIMES[1:]) if pattern == "notes" else None,
            loudness,
            rng.choose((None, "slow", "fast")) if "scale" in pattern or pattern == "tune" else None,
            rng.choose((None, "low", "high")) if pattern in ("note", "notes") else None,
        )
    if EFFECTS[name].is_countable:
        return SoundContent(name, "times", rng.choose(TIMES), loudness)
    patterns = ONGOING + SLIDES if EFFECTS[name].slides else ONGOING
    return SoundContent(name, rng.choose(patterns), None, loudness)
