"""How a cut-out and a pose are written into a patch of a sheet, and read from it.

A sheet is what a network draws instead of a picture: all its numbers are from -1 to 1, and what one
number could say stands in many places, so that some noise does no harm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.sprites.posed_layers import Pose

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHANNELS = 4
SIDE = 32
"""Of a cut-out, in pixels."""
HAZE = 0.08
"""What is less opaque is nothing: about a thing it would be seen on every background."""


def cut_out_written(cut_out: NDArray[np.float32]) -> NDArray[np.float32]:
    """(CHANNELS, SIDE, SIDE)"""
    return cut_out.transpose(2, 0, 1) * 2 - 1


def cut_out_read(told: NDArray[np.float32]) -> NDArray[np.float32]:
    """(SIDE, SIDE, CHANNELS), as a layer has it."""
    import numpy as np

    shown = ((told.transpose(1, 2, 0) + 1) / 2).clip(0, 1)
    shown[shown[..., 3] < HAZE] = 0
    return np.ascontiguousarray(np.minimum(shown, shown[..., 3:]))


def pose_written(pose: Pose, there: bool) -> NDArray[np.float32]:
    """A number for each channel, to be repeated."""
    import numpy as np

    return np.array([*(2 * number - 1 for number in pose), 1 if there else -1], np.float32)


def pose_read(told: NDArray[np.float32]) -> Pose | None:
    """What (CHANNELS, rows, columns) say on average."""
    x, y, side, there = told.reshape(CHANNELS, -1).mean(axis=1).tolist()
    return Pose((x + 1) / 2, (y + 1) / 2, max(0.02, (side + 1) / 2)) if there > 0 else None
