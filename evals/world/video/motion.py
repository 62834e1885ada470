"""Motion: the pose of each object in each frame of a film."""

from __future__ import annotations

from math import pi, sin
from typing import NamedTuple

from evals.world.images.scene_layout import UNITS
from evals.world.seeded_random import SeededRandom
from evals.world.sprites import OBJECTS, Sprite, sprite
from evals.world.video.film_content import DIRECTIONS, FilmContent

FRAMES = 16
_DISTANCES = {"slow": (12, 16), None: (22, 27), "fast": (34, 40)}
"""Units that an object travels in a film."""
_BOUNCES = {"slow": 1, None: 2, "fast": 4}
_GROWTH = {"slow": (20, 30), None: (16, 34), "fast": (12, 44)}
"""The side of a growing object in units, at the start and at the end."""


class SpritePose(NamedTuple):
    """An object in a square of `side` units centred at (x, y)."""

    x: float
    y: float
    side: int
    flipped: bool


def place_sprite(name: str, pose: SpritePose, scale: int) -> tuple[Sprite, int, int]:
    """Return the sprite of a pose with its left and top pixel."""
    figure = sprite(name, pose.side * scale, pose.flipped)
    height, width = figure.mask.shape
    return figure, round(pose.x * scale - width / 2), round(pose.y * scale - height / 2)


def poses_of(
    content: FilmContent, rng: SeededRandom
) -> tuple[tuple[str, tuple[SpritePose | None, ...]], ...]:
    """Return each object's name and its poses, back to front."""
    moving = (content.name, _moving_poses(content, rng))
    if content.other is None:
        return (moving,)
    return (content.other, _still_poses(content, rng)), moving


def _moving_poses(content: FilmContent, rng: SeededRandom) -> tuple[SpritePose | None, ...]:
    if content.motion in DIRECTIONS:
        return _travel_poses(content, rng)
    if content.motion in ("growing", "shrinking"):
        first, last = _GROWTH[content.speed]
        sides = [round(first + (last - first) * step / (FRAMES - 1)) for step in range(FRAMES)]
        if content.motion == "shrinking":
            sides.reverse()
        x, y, flipped = _random_centre(last, rng), _random_centre(last, rng), rng.chance(0.5)
        return tuple(SpritePose(x, y, side, flipped) for side in sides)
    side, flipped = rng.integer(18, 30), rng.chance(0.5)
    x, y = _random_centre(side, rng), _random_centre(side, rng)
    if content.motion == "bouncing":
        ground, height = UNITS - side / 2 - rng.between(1, 5), rng.between(16, 28)
        phase_step = _BOUNCES[content.speed] * pi / (FRAMES - 1)
        return tuple(
            SpritePose(x, ground - height * abs(sin(phase_step * step)), side, flipped)
            for step in range(FRAMES)
        )
    switch_frame = rng.integer(5, 10)
    first, end = {"appearing": (switch_frame, FRAMES), "vanishing": (0, switch_frame)}.get(
        content.motion, (0, FRAMES)
    )
    visible_pose = SpritePose(x, y, side, flipped)
    return tuple(visible_pose if first <= step < end else None for step in range(FRAMES))


def _travel_poses(content: FilmContent, rng: SeededRandom) -> tuple[SpritePose | None, ...]:
    side = rng.integer(16, 22)
    distance = rng.between(*_DISTANCES[content.speed])
    start = rng.between(side / 2, UNITS - side / 2 - distance)
    positions = [start + distance * step / (FRAMES - 1) for step in range(FRAMES)]
    if content.motion in ("left", "up"):
        positions.reverse()
    fixed = _random_centre(side, rng)
    if content.motion in ("up", "down"):
        flipped = rng.chance(0.5)
        return tuple(SpritePose(fixed, position, side, flipped) for position in positions)
    # An object with a front faces its direction of travel.
    faces = OBJECTS[content.name].faces
    flipped = faces != content.motion if faces else rng.chance(0.5)
    return tuple(SpritePose(at, fixed, side, flipped) for at in positions)


def _still_poses(content: FilmContent, rng: SeededRandom) -> tuple[SpritePose | None, ...]:
    side = rng.integer(16, 24)
    still_pose = SpritePose(
        _random_centre(side, rng), _random_centre(side, rng), side, rng.chance(0.5)
    )
    return (still_pose,) * FRAMES


def _random_centre(side: int, rng: SeededRandom) -> float:
    return rng.between(side / 2, UNITS - side / 2)
