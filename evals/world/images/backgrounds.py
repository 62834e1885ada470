"""Backgrounds of scenes: one colour, a gradient of two, and clutter."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from evals.world.images.scene_content import COLOURS, Background, Level
from evals.world.seeded_random import SeededRandom


@cache
def _plain(background: Background, size: int) -> NDArray[np.uint8]:
    first = np.array(COLOURS[background.colour], dtype=np.float32)
    second = np.array(COLOURS[background.second or background.colour], dtype=np.float32)
    share = np.linspace(0, 1, size, dtype=np.float32)[:, None]
    fade = (first * (1 - share) + second * share).round().astype(np.uint8)
    fade = fade[None, :] if background.across else fade[:, None]
    return np.ascontiguousarray(np.broadcast_to(fade, (size, size, 3)))


def paint(background: Background, level: Level, size: int, rng: SeededRandom) -> NDArray[np.uint8]:
    """Paint a new canvas (size, size, 3) with the background only."""
    canvas = _plain(background, size).copy()
    if level == "clutter":
        _scatter(canvas, size, rng)
    return canvas


def _scatter(canvas: NDArray[np.uint8], size: int, rng: SeededRandom) -> None:
    """Add faint bars and dots, smaller than any object, as distractors."""
    unit = size // 64
    for _ in range(rng.integer(6, 14)):
        width, height = rng.choose(((2, 2), (3, 3), (2, 7), (7, 2), (1, 10), (10, 1)))
        left, top = rng.integer(0, 63 - width) * unit, rng.integer(0, 63 - height) * unit
        patch = canvas[top : top + height * unit, left : left + width * unit]
        shade = rng.choose((-36, -22, 22, 36))
        patch[:] = (patch.astype(np.int16) + shade).clip(0, 255).astype(np.uint8)
