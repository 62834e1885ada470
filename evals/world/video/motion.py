"""Motion: the pose of each object in each frame of a film."""

from __future__ import annotations

from math import pi, sin
from typing import NamedTuple

from evals.world.images.scene_layout import UNITS
from evals.world.seeded_random import Dice
from evals.world.sprites import OBJECTS, Sprite, sprite
from evals.world.video.film_content import DIRECTIONS, FilmContent

FRAMES = 16
_WAYS = {"slow": (12, 16), None: (22, 27), "fast": (34, 40)}
"""Units that an object travels in a film."""
_BOUNCES = {"slow": 1, None: 2, "fast": 4}
_GROWTH = {"slow": (20, 30), None: (16, 34), "fast": (12, 44)}
"""The side of a growing object in units, at the start and at the end."""


class Pose(NamedTuple):
    """An object in a square of `side` units centred at (x, y)."""

    x: float
    y: float
    side: int
    flipped: bool


def sprite_in(name: str, pose: Pose, scale: int) -> tuple[Sprite, int, int]:
    """Return the sprite of a pose with its left and top pixel."""
    found = sprite(name, pose.side * scale, pose.flipped)
    height, width = found.mask.shape
    return found, round(pose.x * scale - width / 2), round(pose.y * scale - height / 2)


def poses_of(content: FilmContent, dice: Dice) -> tuple[tuple[str, tuple[Pose | None, ...]], ...]:
    """Return each object's name and its poses, back to front."""
    moving = (content.name, _moving(content, dice))
    if content.other is None:
        return (moving,)
    return (content.other, _standing(content, dice)), moving


def _moving(content: FilmContent, dice: Dice) -> tuple[Pose | None, ...]:
    if content.motion in DIRECTIONS:
        return _travel(content, dice)
    if content.motion in ("growing", "shrinking"):
        first, last = _GROWTH[content.speed]
        sides = [round(first + (last - first) * step / (FRAMES - 1)) for step in range(FRAMES)]
        if content.motion == "shrinking":
            sides.reverse()
        x, y, flipped = _spot(last, dice), _spot(last, dice), dice.chance(0.5)
        return tuple(Pose(x, y, side, flipped) for side in sides)
    side, flipped = dice.whole(18, 30), dice.chance(0.5)
    x, y = _spot(side, dice), _spot(side, dice)
    if content.motion == "bouncing":
        ground, high = UNITS - side / 2 - dice.between(1, 5), dice.between(16, 28)
        turns = _BOUNCES[content.speed] * pi / (FRAMES - 1)
        return tuple(
            Pose(x, ground - high * abs(sin(turns * step)), side, flipped) for step in range(FRAMES)
        )
    turn = dice.whole(5, 10)
    first, end = {"appearing": (turn, FRAMES), "vanishing": (0, turn)}.get(
        content.motion, (0, FRAMES)
    )
    there = Pose(x, y, side, flipped)
    return tuple(there if first <= step < end else None for step in range(FRAMES))


def _travel(content: FilmContent, dice: Dice) -> tuple[Pose | None, ...]:
    side = dice.whole(16, 22)
    way = dice.between(*_WAYS[content.speed])
    start = dice.between(side / 2, UNITS - side / 2 - way)
    along = [start + way * step / (FRAMES - 1) for step in range(FRAMES)]
    if content.motion in ("left", "up"):
        along.reverse()
    across = _spot(side, dice)
    if content.motion in ("up", "down"):
        flipped = dice.chance(0.5)
        return tuple(Pose(across, at, side, flipped) for at in along)
    # An object with a front faces its direction of travel.
    faces = OBJECTS[content.name].faces
    flipped = faces != content.motion if faces else dice.chance(0.5)
    return tuple(Pose(at, across, side, flipped) for at in along)


def _standing(content: FilmContent, dice: Dice) -> tuple[Pose | None, ...]:
    side = dice.whole(16, 24)
    there = Pose(_spot(side, dice), _spot(side, dice), side, dice.chance(0.5))
    return (there,) * FRAMES


def _spot(side: int, dice: Dice) -> float:
    return dice.between(side / 2, UNITS - side / 2)
