"""Objects of the sprite world as cut-outs, and the list of names in a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from evals.world.sprites import ObjectKind, Sprite
from tools.sprites.sheet_patches import CHANNELS, SIDE


def sprite_cutout(sprite: Sprite) -> NDArray[np.float32]:
    """Centre a sprite of at most SIDE pixels in a square."""
    height, width = sprite.mask.shape
    square = np.zeros((SIDE, SIDE, CHANNELS), np.float32)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    inside = square[top : top + height, left : left + width]
    inside[..., :3] = sprite.colours / 255**2
    inside[..., 3:] = 1 - sprite.inverse_alpha / 255
    return square


def object_list(kinds: Mapping[str, ObjectKind]) -> str:
    """List each object's names, singular and plural, one object a line."""
    names = (
        dict.fromkeys([name, kind.plural, *kind.words, *kind.words.values()])
        for name, kind in kinds.items()
    )
    return "".join(f"{', '.join(synonyms)}\n" for synonyms in names)
