"""Sprites as the cut-outs of a layered scene (tools/sprites/scene_sheet.py)."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from evals.world.images.outlines import OUTLINES, outline
from evals.world.sprites import Sprite, sprite
from tools.sprites.sheet_patches import CHANNELS, SIDE


@cache
def object_cutout(name: str, colour: str) -> NDArray[np.float32]:
    """Return the cut-out of an object, or of an outline in a colour."""
    return sprite_cutout(outline(name, colour, SIDE) if name in OUTLINES else sprite(name, SIDE))


def sprite_cutout(sprite: Sprite) -> NDArray[np.float32]:
    """Centre a sprite of at most SIDE pixels in a square."""
    height, width = sprite.mask.shape
    square = np.zeros((SIDE, SIDE, CHANNELS), np.float32)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    inside = square[top : top + height, left : left + width]
    inside[..., :3] = sprite.colours / 255**2
    inside[..., 3:] = 1 - sprite.inverse_alpha / 255
    return square
