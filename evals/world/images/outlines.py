"""Outlines that can contain objects: a circle and a square."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

import numpy as np

from evals.world.sprites import ObjectKind, Sprite, sprite_of

OUTLINES: Mapping[str, ObjectKind] = MappingProxyType(
    {
        "circle": ObjectKind("circle", "", "outline", "circles", words={"ring": "rings"}),
        "square": ObjectKind("square", "", "outline", "squares", words={"box": "boxes"}),
    }
)
OUTLINE_COLOURS: Mapping[str, tuple[int, int, int]] = {
    "red": (222, 44, 44),
    "orange": (244, 138, 26),
    "blue": (34, 82, 196),
    "black": (20, 20, 24),
    "white": (255, 255, 255),
}
LINE_WIDTH = 1 / 18
"""Line width as a share of the outline's side."""


@cache
def outline(shape: str, colour: str, side: int) -> Sprite:
    """Render an outline, `side` pixels wide and high."""
    along = np.abs(np.arange(side, dtype=np.float32) + 0.5 - side / 2)
    x, y = along[None, :], along[:, None]
    reach = np.hypot(x, y) if shape == "circle" else np.maximum(x, y)
    # Distance of a pixel's centre into the line; half a pixel anti-aliases the edge.
    width = max(side * LINE_WIDTH, 1.6)
    depth = np.minimum(side / 2 - reach, reach - (side / 2 - width)) + 0.5
    alpha = depth.clip(0, 1)[:, :, None]
    colours = np.array([*OUTLINE_COLOURS[colour], 255], dtype=np.float32)
    return sprite_of((colours * alpha).round().astype(np.uint8))
