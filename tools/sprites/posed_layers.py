"""Compose video from a background and cut-outs with poses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class LayerPose(NamedTuple):
    """Centre and longer side of an object, relative to the image."""

    x: float
    y: float
    side: float


@dataclass(frozen=True, eq=False)
class Layer:
    """A cut-out with its trajectory."""

    cut_out: NDArray[np.float32]
    """RGBA with premultiplied alpha, from 0 to 1: (height, width, 4)."""
    poses: Sequence[LayerPose | None]
    """Poses at equal time steps; None where it is absent."""

    def pose_at(self, share: float) -> LayerPose | None:
        """Interpolate the pose linearly at this share of the duration."""
        position = share * (len(self.poses) - 1)
        index = min(int(position), len(self.poses) - 1)
        before, after = self.poses[index], self.poses[min(index + 1, len(self.poses) - 1)]
        if before is None or after is None:
            return before if position - index < 0.5 else after
        fraction = position - index
        return LayerPose(*(a + (b - a) * fraction for a, b in zip(before, after, strict=True)))


def compose_frames(
    background: NDArray[np.uint8], layers: Sequence[Layer], count: int
) -> Iterator[NDArray[np.uint8]]:
    """Yield the composed frames; the last layer is in front."""
    for index in range(count):
        frame = background.copy()
        for layer in layers:
            if pose := layer.pose_at(index / max(1, count - 1)):
                draw_layer(frame, layer.cut_out, pose)
        yield frame


def draw_layer(image: NDArray[np.uint8], cut_out: NDArray[np.float32], pose: LayerPose) -> None:
    """Alpha-composite the cut-out onto the image in place, clipped to its edges."""
    import numpy as np

    height, width = image.shape[:2]
    longer_side = max(height, width)
    scale = pose.side * longer_side / max(cut_out.shape[:2])
    rows, columns = (max(1, round(side * scale)) for side in cut_out.shape[:2])
    top, left = round(pose.y * height - rows / 2), round(pose.x * width - columns / 2)
    above, before = max(0, -top), max(0, -left)
    below, behind = min(rows, height - top), min(columns, width - left)
    if above >= below or before >= behind:
        return
    patch = _resize(cut_out, rows, columns)[above:below, before:behind]
    target = image[top + above : top + below, left + before : left + behind]
    target[:] = np.rint(target * (1 - patch[..., 3:]) + 255 * patch[..., :3]).clip(0, 255)


def _resize(cut_out: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    import numpy as np
    import PIL.Image

    # Channel by channel, as Pillow has no float images with four channels.
    channels = [
        PIL.Image.fromarray(np.ascontiguousarray(cut_out[..., channel])).resize(
            (columns, rows), PIL.Image.Resampling.BICUBIC
        )
        for channel in range(cut_out.shape[2])
    ]
    return np.dstack([np.asarray(channel) for channel in channels]).clip(0, 1)
