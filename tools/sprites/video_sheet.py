"""A film of two layers as one sheet of numbers, which a network can draw like a picture.

From left to right: the thing that moves and another that stands still, each as a cut-out of 32×32;
then two patches that say the same numbers over and over: above, where the first thing is at each of
16 moments, a row for each; below, where the other one is, and the colour of the background. All
numbers are from -1 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.sprites.posed_layers import Layer, Pose
from tools.sprites.sheet_patches import (
    CHANNELS,
    SIDE,
    cut_out_read,
    cut_out_written,
    pose_read,
    pose_written,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PATCH = 16
COLUMNS = 2 * SIDE + PATCH
MOMENTS = 16
_MOVING, _STANDING = slice(0, SIDE), slice(SIDE, 2 * SIDE)
_TOLD = slice(2 * SIDE, COLUMNS)
_STILL, _COLOUR = slice(PATCH, PATCH + PATCH // 2), slice(PATCH + PATCH // 2, SIDE)
"""The rows that tell of the other thing and of the background."""


@dataclass(frozen=True, eq=False)
class LayeredFilm:
    """A plain background, a thing that moves, and perhaps one that stands still behind it."""

    background: tuple[float, float, float]
    """From 0 to 1."""
    moving: Layer
    standing: Layer | None = None


def to_sheet(film: LayeredFilm) -> NDArray[np.float32]:
    """The film as a sheet: (CHANNELS, SIDE, COLUMNS)."""
    import numpy as np

    sheet = np.full((CHANNELS, SIDE, COLUMNS), -1, np.float32)
    sheet[:, :, _MOVING] = cut_out_written(film.moving.cut_out)
    there = next(pose for pose in film.moving.poses if pose)
    for moment, pose in enumerate(film.moving.poses):
        sheet[:, moment, _TOLD] = pose_written(pose or there, pose is not None)[:, None]
    still = Pose(0.5, 0.5, 0.5)
    if film.standing:
        sheet[:, :, _STANDING] = cut_out_written(film.standing.cut_out)
        still = film.standing.poses[0] or still
    sheet[:, _STILL, _TOLD] = pose_written(still, film.standing is not None)[:, None, None]
    sheet[:3, _COLOUR, _TOLD] = np.array(film.background)[:, None, None] * 2 - 1
    return sheet


def from_sheet(sheet: NDArray[np.float32]) -> LayeredFilm:
    """The film that a sheet tells of, also one that a network drew."""
    poses = [pose_read(sheet[:, moment, _TOLD]) for moment in range(MOMENTS)]
    colours = (sheet[:3, _COLOUR, _TOLD].mean(axis=(1, 2)) + 1) / 2
    red, green, blue = colours.clip(0, 1).tolist()
    still = pose_read(sheet[:, _STILL, _TOLD])
    return LayeredFilm(
        background=(red, green, blue),
        moving=Layer(cut_out_read(sheet[:, :, _MOVING]), poses),
        standing=Layer(cut_out_read(sheet[:, :, _STANDING]), [still]) if still else None,
    )
