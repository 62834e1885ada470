"""Encode and decode cut-outs and poses in patches of a sheet.

A network generates a sheet instead of an image: all numbers are from -1 to 1, and single values are
repeated in many places, which makes them robust to noise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools.sprites.posed_layers import LayerPose

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHANNELS = 4
SIDE = 32
"""Side of a cut-out in pixels."""
MIN_ALPHA = 0.08
"""Alpha below this becomes 0: noise around an object would be visible on any background."""


def encode_cut_out(cut_out: NDArray[np.float32]) -> NDArray[np.float32]:
    """Encode a cut-out as a patch: (CHANNELS, SIDE, SIDE)."""
    return cut_out.transpose(2, 0, 1) * 2 - 1


def decode_cut_out(patch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Decode a patch to the cut-out of a layer: (SIDE, SIDE, CHANNELS)."""
    import numpy as np

    cut_out = ((patch.transpose(1, 2, 0) + 1) / 2).clip(0, 1)
    cut_out[cut_out[..., 3] < MIN_ALPHA] = 0
    return np.ascontiguousarray(np.minimum(cut_out, cut_out[..., 3:]))


def encode_pose(pose: LayerPose, present: bool) -> NDArray[np.float32]:
    """Encode a pose as one number per channel."""
    import numpy as np

    return np.array([*(2 * number - 1 for number in pose), 1 if present else -1], np.float32)


def decode_pose(patch: NDArray[np.float32]) -> LayerPose | None:
    """Decode a pose from channel means; None if it is absent."""
    x, y, side, presence = patch.reshape(CHANNELS, -1).mean(axis=1).tolist()
    return LayerPose((x + 1) / 2, (y + 1) / 2, max(0.02, (side + 1) / 2)) if presence > 0 else None
