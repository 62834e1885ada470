"""Films as layers: a background, and things that lie on it, each with its pose at every moment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Pose(NamedTuple):
    """Where the middle of a thing is and how long its longer side, as shares of the picture's."""

    x: float
    y: float
    side: float


@dataclass(frozen=True, eq=False)
class Layer:
    """A thing and its way through the film."""

    cut_out: NDArray[np.float32]
    """(height, width, 4), from 0 to 1, its colours already multiplied by its opacity."""
    poses: Sequence[Pose | None]
    """At equal distances in time; None where it is not there."""

    def pose_at(self, share: float) -> Pose | None:
        """Its pose when this share of the film is over, between two poses in a straight line."""
        place = share * (len(self.poses) - 1)
        number = min(int(place), len(self.poses) - 1)
        before, after = self.poses[number], self.poses[min(number + 1, len(self.poses) - 1)]
        if before is None or after is None:
            return before if place - number < 0.5 else after
        rest = place - number
        return Pose(*(a + (b - a) * rest for a, b in zip(before, after, strict=True)))


def composed(
    ground: NDArray[np.uint8], layers: Sequence[Layer], pictures: int
) -> Iterator[NDArray[np.uint8]]:
    """The pictures of the film, each the size of the ground; the last layer lies in front."""
    for number in range(pictures):
        picture = ground.copy()
        for layer in layers:
            if pose := layer.pose_at(number / max(1, pictures - 1)):
                lay(picture, layer.cut_out, pose)
        yield picture


def lay(picture: NDArray[np.uint8], cut_out: NDArray[np.float32], pose: Pose) -> None:
    """Paint the thing on the picture; what reaches beyond its edges is cut off."""
    import numpy as np

    height, width = picture.shape[:2]
    across = max(height, width)
    scale = pose.side * across / max(cut_out.shape[:2])
    rows, columns = (max(1, round(side * scale)) for side in cut_out.shape[:2])
    top, left = round(pose.y * height - rows / 2), round(pose.x * width - columns / 2)
    above, before = max(0, -top), max(0, -left)
    below, behind = min(rows, height - top), min(columns, width - left)
    if above >= below or before >= behind:
        return
    thing = _resized(cut_out, rows, columns)[above:below, before:behind]
    under = picture[top + above : top + below, left + before : left + behind]
    under[:] = np.rint(under * (1 - thing[..., 3:]) + 255 * thing[..., :3]).clip(0, 255)


def _resized(cut_out: NDArray[np.float32], rows: int, columns: int) -> NDArray[np.float32]:
    import numpy as np
    import PIL.Image

    # Channel by channel, as Pillow has no picture of four channels in floating point.
    channels = [
        PIL.Image.fromarray(np.ascontiguousarray(cut_out[..., channel])).resize(
            (columns, rows), PIL.Image.Resampling.BICUBIC
        )
        for channel in range(cut_out.shape[2])
    ]
    return np.dstack([np.asarray(channel) for channel in channels]).clip(0, 1)
