"""Encode a two-layer video as a sheet for an image network.

From left to right: cut-outs of 32×32 of the moving and the static object; then two patches of
repeated values: above, the pose of the moving object at 16 moments, one row each; below, the pose
of the static object and the background colour. All numbers are from -1 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.sprites.posed_layers import Layer, LayerPose
from tools.sprites.sheet_patches import (
    CHANNELS,
    SIDE,
    decode_cut_out,
    decode_pose,
    encode_cut_out,
    encode_pose,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PATCH = 16
COLUMNS = 2 * SIDE + PATCH
MOMENTS = 16
_MOVING, _STATIC = slice(0, SIDE), slice(SIDE, 2 * SIDE)
_VALUES = slice(2 * SIDE, COLUMNS)
_STATIC_ROWS, _COLOUR_ROWS = slice(PATCH, PATCH + PATCH // 2), slice(PATCH + PATCH // 2, SIDE)
"""Rows of the static object and of the background colour."""


@dataclass(frozen=True, eq=False)
class LayeredVideo:
    """A plain background, a moving object and perhaps a static one."""

    background: tuple[float, float, float]
    """RGB from 0 to 1."""
    moving: Layer
    static: Layer | None = None


def to_sheet(video: LayeredVideo) -> NDArray[np.float32]:
    """Encode the video as a sheet: (CHANNELS, SIDE, COLUMNS)."""
    import numpy as np

    sheet = np.full((CHANNELS, SIDE, COLUMNS), -1, np.float32)
    sheet[:, :, _MOVING] = encode_cut_out(video.moving.cut_out)
    first_pose = next(pose for pose in video.moving.poses if pose)
    for moment, pose in enumerate(video.moving.poses):
        sheet[:, moment, _VALUES] = encode_pose(pose or first_pose, pose is not None)[:, None]
    static_pose = LayerPose(0.5, 0.5, 0.5)
    if video.static:
        sheet[:, :, _STATIC] = encode_cut_out(video.static.cut_out)
        static_pose = video.static.poses[0] or static_pose
    sheet[:, _STATIC_ROWS, _VALUES] = encode_pose(static_pose, video.static is not None)[
        :, None, None
    ]
    sheet[:3, _COLOUR_ROWS, _VALUES] = np.array(video.background)[:, None, None] * 2 - 1
    return sheet


def from_sheet(sheet: NDArray[np.float32]) -> LayeredVideo:
    """Decode a sheet, also a noisy one that a network generated."""
    poses = [decode_pose(sheet[:, moment, _VALUES]) for moment in range(MOMENTS)]
    colours = (sheet[:3, _COLOUR_ROWS, _VALUES].mean(axis=(1, 2)) + 1) / 2
    red, green, blue = colours.clip(0, 1).tolist()
    static_pose = decode_pose(sheet[:, _STATIC_ROWS, _VALUES])
    return LayeredVideo(
        background=(red, green, blue),
        moving=Layer(decode_cut_out(sheet[:, :, _MOVING]), poses),
        static=Layer(decode_cut_out(sheet[:, :, _STATIC]), [static_pose]) if static_pose else None,
    )
