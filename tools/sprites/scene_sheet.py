"""Encode a layered scene as a sheet for an image network.

From left to right: for each of three groups of objects their common cut-out and a patch with three
rows per object that repeat its pose and whether it is flipped; then the background image. All
numbers are from -1 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from tools.sprites.posed_layers import Pose, lay
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

GROUPS = 3
MOST = 9
"""Maximum number of objects in a group."""
COLUMNS = (2 * GROUPS + 1) * SIDE
ROWS_EACH = 3
"""Rows per object in its group's patch."""
FLIPPED = 4
"""Number of last columns of that patch that encode whether an object is flipped."""
NOWHERE = Pose(0.5, 0.5, 0.5)


class Standing(NamedTuple):
    """One object of a group."""

    pose: Pose
    flipped: bool


@dataclass(frozen=True, eq=False)
class Group:
    """Objects with the same cut-out."""

    cut_out: NDArray[np.float32]
    """RGBA with premultiplied alpha, from 0 to 1: (SIDE, SIDE, CHANNELS)."""
    things: Sequence[Standing]


@dataclass(frozen=True, eq=False)
class LayeredScene:
    """A background and groups of objects on it."""

    ground: NDArray[np.float32]
    """RGB from 0 to 1, one colour or a gradient: (SIDE, SIDE, 3)."""
    groups: Sequence[Group]

    def painted(self, side: int) -> NDArray[np.uint8]:
        """Render the scene as a square image, larger objects behind."""
        import numpy as np
        import PIL.Image

        small = PIL.Image.fromarray(np.rint(self.ground * 255).astype(np.uint8))
        picture = np.array(small.resize((side, side), PIL.Image.Resampling.BICUBIC))
        things = [(thing, group) for group in self.groups for thing in group.things]
        for thing, group in sorted(things, key=lambda each: -each[0].pose.side):
            lay(picture, group.cut_out[:, ::-1] if thing.flipped else group.cut_out, thing.pose)
        return picture


def to_sheet(scene: LayeredScene) -> NDArray[np.float32]:
    """Encode the scene as a sheet: (CHANNELS, SIDE, COLUMNS)."""
    import numpy as np

    sheet = np.full((CHANNELS, SIDE, COLUMNS), -1, np.float32)
    for number in range(GROUPS):
        look, places = _patch(sheet, 2 * number), _patch(sheet, 2 * number + 1)
        group = scene.groups[number] if number < len(scene.groups) else None
        if group:
            look[:] = cut_out_written(group.cut_out)
        for place in range(MOST):
            thing = group.things[place] if group and place < len(group.things) else None
            row = _row(places, place)
            row[:] = pose_written(thing.pose if thing else NOWHERE, thing is not None)[
                :, None, None
            ]
            row[..., -FLIPPED:] = (1 if thing.flipped else -1) if thing else 0
    _patch(sheet, 2 * GROUPS)[:3] = scene.ground.transpose(2, 0, 1) * 2 - 1
    return sheet


def from_sheet(sheet: NDArray[np.float32]) -> LayeredScene:
    """Decode a sheet, also a noisy one that a network generated."""
    groups: list[Group] = []
    for number in range(GROUPS):
        places = _patch(sheet, 2 * number + 1)
        rows = [_row(places, place) for place in range(MOST)]
        things = [
            Standing(_within(pose), bool(row[..., -FLIPPED:].mean() > 0))
            for row in rows
            if (pose := pose_read(row[..., :-FLIPPED]))
        ]
        if things:
            groups.append(Group(cut_out_read(_patch(sheet, 2 * number)), things))
    return LayeredScene(_faded(_patch(sheet, 2 * GROUPS)[:3]), groups)


def _patch(sheet: NDArray[np.float32], number: int) -> NDArray[np.float32]:
    return sheet[:, :, number * SIDE : (number + 1) * SIDE]


def _row(places: NDArray[np.float32], place: int) -> NDArray[np.float32]:
    return places[:, place * ROWS_EACH : (place + 1) * ROWS_EACH]


def _within(pose: Pose) -> Pose:
    """Shift the pose so that the object is wholly within the image."""
    side = min(pose.side, 1.0)
    x, y = (min(max(at, side / 2), 1 - side / 2) for at in pose[:2])
    return Pose(x, y, side)


def _faded(told: NDArray[np.float32]) -> NDArray[np.float32]:
    """Fit a linear gradient to the background, which removes noise."""
    import numpy as np

    ground = told.transpose(1, 2, 0)
    along = np.linspace(-1, 1, SIDE, dtype=np.float32)
    weight = along / np.square(along).mean()
    down = (ground.mean(axis=1) * weight[:, None]).mean(axis=0)
    across = (ground.mean(axis=0) * weight[:, None]).mean(axis=0)
    fade = ground.mean(axis=(0, 1)) + along[:, None, None] * down + along[None, :, None] * across
    return ((fade + 1) / 2).clip(0, 1)
