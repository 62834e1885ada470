"""Encode a two-layer video as a sheet for an image network.

From left to right: cut-outs of 32×32 of the moving and the static object; then two patches of
repeated values: above, the pose of the moving object at 16 moments, one row each; below, the pose
of the static object and the background colour. All numbers are from -1 to 1.
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
"""Rows of the static object and of the background colour."""


@dataclass(frozen=True, eq=False)
class LayeredFilm:
    """A plain background, a moving object and perhaps a static one."""

    background: tuple[float, float, float]
    """RGB from 0 to 1."""
    moving: Layer
    standing: Layer | None = None


def to_sheet(film: LayeredFilm) -> NDArray[np.float32]:
    """Encode the video as a sheet: (CHANNELS, SIDE, COLUMNS)."""
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
    """Decode a sheet, also a noisy one that a network generated."""
    poses = [pose_read(sheet[:, moment, _TOLD]) for moment in range(MOMENTS)]
    colours = (sheet[:3, _COLOUR, _TOLD].mean(axis=(1, 2)) + 1) / 2
    red, green, blue = colours.clip(0, 1).tolist()
    still = pose_read(sheet[:, _STILL, _TOLD])
    return LayeredFilm(
        background=(red, green, blue),
        moving=Layer(cut_out_read(sheet[:, :, _MOVING]), poses),
        standing=Layer(cut_out_read(sheet[:, :, _STANDING]), [still]) if still else None,
    )
