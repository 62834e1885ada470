"""The content of a film: object, motion, speed, background and bystander."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from evals.world.images.scene_content import COLOURS
from evals.world.seeded_random import SeededRandom
from evals.world.splits import Pair, Split, hold_out, split_of
from evals.world.sprites import OBJECTS

Speed = Literal["slow", "fast"]

DIRECTIONS = ("left", "right", "up", "down")
MOTIONS = (
    *DIRECTIONS, "bouncing", "appearing", "vanishing", "growing", "shrinking", "standing still"
)  # fmt: skip
HELD_OUT = hold_out(OBJECTS, {"motion": MOTIONS})
"""The pairs held out from training."""

_NAMES = tuple(OBJECTS)
_COLOUR_NAMES = tuple(COLOURS)
_SPEED_MOTIONS = (*DIRECTIONS, "bouncing", "growing", "shrinking")


@dataclass(frozen=True)
class FilmContent:
    """Everything true of a film; a speed of None is medium."""

    name: str
    motion: str
    background: str
    speed: Speed | None = None
    other: str | None = None
    """Another object that stands still."""

    @property
    def pair(self) -> Pair:
        """The pair that decides the split."""
        return Pair(self.name, "motion", self.motion)


def draw_film(split: Split, rng: SeededRandom) -> FilmContent:
    """Sample a content that belongs to the split."""
    motion = rng.choose((*MOTIONS, *DIRECTIONS))
    while split_of([Pair(name := rng.choose(_NAMES), "motion", motion)], HELD_OUT) != split:
        pass
    speed = rng.choose((None, "slow", "fast")) if motion in _SPEED_MOTIONS else None
    other = rng.choose(_NAMES) if motion in DIRECTIONS and rng.chance(0.35) else None
    background = rng.choose(_COLOUR_NAMES)
    return FilmContent(name, motion, background, speed, other if other != name else None)
