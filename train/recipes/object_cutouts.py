"""The things of the sprite world: as cut-outs, and as the list that a checkpoint brings of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from evals.world.sprites import ObjectKind, Sprite
from tools.sprites.sheet_patches import CHANNELS, SIDE


def cut_out_of(found: Sprite) -> NDArray[np.float32]:
    """A thing of at most SIDE pixels in the middle of a square: (SIDE, SIDE, CHANNELS)."""
    height, width = found.mask.shape
    square = np.zeros((SIDE, SIDE, CHANNELS), np.float32)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    inside = square[top : top + height, left : left + width]
    inside[..., :3] = found.colours / 255**2
    inside[..., 3:] = 1 - found.inverse_alpha / 255
    return square


def listed(kinds: Mapping[str, ObjectKind]) -> str:
    """Each thing's name with its others, in the singular and plural, a line each."""
    names = (
        dict.fromkeys([name, kind.plural, *kind.words, *kind.words.values()])
        for name, kind in kinds.items()
    )
    return "".join(f"{', '.join(each)}\n" for each in names)
