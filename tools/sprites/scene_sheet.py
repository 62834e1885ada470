"""Encode a layered scene as a sheet for an image network.

From left to right: for each of three groups of objects their common cut-out and a patch with three
rows per object that repeat its pose and whether it is flipped; then the background image. All
numbers are from -1 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tools.sprites.posed_layers import LayerPose, draw_layer
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

GROUPS = 3
MAX_OBJECTS = 9
"""Maximum number of objects in a group."""
COLUMNS = (2 * GROUPS + 1) * SIDE
ROWS_PER_OBJECT = 3
"""Rows per object in its group's patch."""
FLIP_COLUMNS = 4
"""Number of last columns of that patch that encode whether an object is flipped."""
ABSENT_POSE = LayerPose(0.5, 0.5, 0.5)


class PlacedObject(NamedTuple):
    """One object of a group."""

    pose: LayerPose
    flipped: bool


@dataclass(frozen=True, eq=False)
class LayerGroup:
    """Objects with the same cut-out."""

    cut_out: NDArray[np.float32]
    """RGBA with premultiplied alpha, from 0 to 1: (SIDE, SIDE, CHANNELS)."""
    objects: Sequence[PlacedObject]


@dataclass(frozen=True, eq=False)
class LayeredScene:
    """A background and groups of objects on it."""

    background: NDArray[np.float32]
    """RGB from 0 to 1, one colour or a gradient: (SIDE, SIDE, 3)."""
    groups: Sequence[LayerGroup]

    def render(self, side: int) -> NDArray[np.uint8]:
        """Render the scene as a square image, larger objects behind."""
        import numpy as np
        import PIL.Image

        small = PIL.Image.fromarray(np.rint(self.background * 255).astype(np.uint8))
        image = np.array(small.resize((side, side), PIL.Image.Resampling.BICUBIC))
        items = [(item, group) for group in self.groups for item in group.objects]
        for thing, group in sorted(items, key=lambda pair: -pair[0].pose.side):
            draw_layer(
                image, group.cut_out[:, ::-1] if thing.flipped else group.cut_out, thing.pose
            )
        return image


def to_sheet(scene: LayeredScene) -> NDArray[np.float32]:
    """Encode the scene as a sheet: (CHANNELS, SIDE, COLUMNS)."""
    import numpy as np

    sheet = np.full((CHANNELS, SIDE, COLUMNS), -1, np.float32)
    for number in range(GROUPS):
        cut_out_patch, pose_patch = _patch(sheet, 2 * number), _patch(sheet, 2 * number + 1)
        group = scene.groups[number] if number < len(scene.groups) else None
        if group:
            cut_out_patch[:] = encode_cut_out(group.cut_out)
        for index in range(MAX_OBJECTS):
            item = group.objects[index] if group and index < len(group.objects) else None
            row = _row(pose_patch, index)
            row[:] = encode_pose(item.pose if item else ABSENT_POSE, item is not None)[
                :, None, None
            ]
            row[..., -FLIP_COLUMNS:] = (1 if item.flipped else -1) if item else 0
    _patch(sheet, 2 * GROUPS)[:3] = scene.background.transpose(2, 0, 1) * 2 - 1
    return sheet


def from_sheet(sheet: NDArray[np.float32]) -> LayeredScene:
    """Decode a sheet, also a noisy one that a network generated."""
    groups: list[LayerGroup] = []
    for number in range(GROUPS):
        pose_patch = _patch(sheet, 2 * number + 1)
        rows = [_row(pose_patch, index) for index in range(MAX_OBJECTS)]
        objects = [
            PlacedObject(_clamp_pose(pose), bool(row[..., -FLIP_COLUMNS:].mean() > 0))
            for row in rows
            if (pose := decode_pose(row[..., :-FLIP_COLUMNS]))
        ]
        if objects:
            groups.append(LayerGroup(decode_cut_out(_patch(sheet, 2 * number)), objects))
    return LayeredScene(_fit_gradient(_patch(sheet, 2 * GROUPS)[:3]), groups)


def _patch(sheet: NDArray[np.float32], number: int) -> NDArray[np.float32]:
    return sheet[:, :, number * SIDE : (number + 1) * SIDE]


def _row(patch: NDArray[np.float32], index: int) -> NDArray[np.float32]:
    return patch[:, index * ROWS_PER_OBJECT : (index + 1) * ROWS_PER_OBJECT]


def _clamp_pose(pose: LayerPose) -> LayerPose:
    """Shift the pose so that the object is wholly within the image."""
    side = min(pose.side, 1.0)
    x, y = (min(max(centre, side / 2), 1 - side / 2) for centre in pose[:2])
    return LayerPose(x, y, side)


def _fit_gradient(patch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fit a linear gradient to the background, which removes noise."""
    import numpy as np

    background = patch.transpose(1, 2, 0)
    along = np.linspace(-1, 1, SIDE, dtype=np.float32)
    weight = along / np.square(along).mean()
    down = (background.mean(axis=1) * weight[:, None]).mean(axis=0)
    across = (background.mean(axis=0) * weight[:, None]).mean(axis=0)
    fade = (
        background.mean(axis=(0, 1)) + along[:, None, None] * down + along[None, :, None] * across
    )
    return ((fade + 1) / 2).clip(0, 1)
