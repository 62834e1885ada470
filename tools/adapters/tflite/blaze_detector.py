"""Detectors of MediaPipe's Blaze family (Bazarevsky et al., 2019), in TensorFlow Lite.

For each anchor of a few grids they predict a score, a box and a few keypoints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby, product
from typing import TYPE_CHECKING, Any

from tools import Image, check_stop

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image
    from numpy.typing import NDArray

Part = tuple[int, int, int, int]
"""A square crop, which may extend beyond the image: left, top, right, bottom."""

BOXES_A_CELL = 2
MOST_OVERLAP = 0.3
LARGEST_LOGIT = 80

SMALLEST_PART = 100
"""Side in pixels: smaller crops hardly show more than the whole image."""


@dataclass(frozen=True)
class Sighting:
    """A detected object, in image pixels."""

    score: float
    places: NDArray[np.float32]
    """Top left and bottom right corner, then the keypoints: (2 + keypoints, 2)."""


class BlazeDetector:
    """A TensorFlow Lite interpreter and its grids' cell sizes, in pixels."""

    def __init__(self, network: Any, cells: Sequence[int]) -> None:
        self.network = network
        self.entry = network.get_input_details()[0]
        outputs = network.get_output_details()
        self.scores, self.places = sorted(outputs, key=lambda output: output["shape"][-1])
        self.side = int(self.entry["shape"][1])
        self.centres = _centres(self.side, cells)

    def find(self, image: Image, parts: Sequence[Part], least_score: float) -> list[Sighting]:
        """Return the objects in these crops after non-maximum suppression, best first."""
        pixels = image.opaque()
        found = [seen for part in parts for seen in self._look(pixels, part, least_score)]
        kept: list[Sighting] = []
        for seen in sorted(found, key=lambda seen: -seen.score):
            if all(_overlap(seen.places, other.places) < MOST_OVERLAP for other in kept):
                kept.append(seen)
        return kept

    def _look(self, pixels: PIL.Image.Image, part: Part, least_score: float) -> list[Sighting]:
        import numpy as np

        check_stop()
        seen = np.asarray(_view(pixels, part, self.side), np.float32)[None] / 127.5 - 1
        self.network.set_tensor(self.entry["index"], seen)
        self.network.invoke()
        logits = self.network.get_tensor(self.scores["index"])[0, :, 0]
        chances = 1 / (1 + np.exp(-logits.clip(-LARGEST_LOGIT, LARGEST_LOGIT)))
        raw = self.network.get_tensor(self.places["index"])[0]  # (N, 4 + 2 * keypoints)
        scale = (part[2] - part[0]) / self.side
        corner = np.asarray(part[:2], np.float32)
        found: list[Sighting] = []
        for index in np.flatnonzero(chances >= least_score):
            numbers = raw[index].reshape(-1, 2)
            middle, half = numbers[0] + self.centres[index], numbers[1] / 2
            keys = numbers[2:] + self.centres[index]
            places = np.stack([middle - half, middle + half, *keys]) * scale + corner
            found.append(Sighting(float(chances[index]), places.astype(np.float32)))
        return found


def _view(pixels: PIL.Image.Image, part: Part, side: int) -> PIL.Image.Image:
    """Resize the crop to a square, black beyond the image."""
    import PIL.Image

    left, top, right, bottom = part
    scale = side / (right - left)
    inside = (max(left, 0), max(top, 0), min(right, pixels.width), min(bottom, pixels.height))
    width, height = inside[2] - inside[0], inside[3] - inside[1]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    view = PIL.Image.new("RGB", (side, side))
    corner = (round((inside[0] - left) * scale), round((inside[1] - top) * scale))
    view.paste(pixels.resize(size, box=inside), corner)
    return view


def square_parts(image: Image, scales: Sequence[float]) -> list[Part]:
    """Return the whole image as a square, then overlapping squares per scale.

    A scale is relative to the shorter side of the image.
    """
    long, short = max(image.width, image.height), min(image.width, image.height)
    left, top = (image.width - long) // 2, (image.height - long) // 2
    parts = [(left, top, left + long, top + long)]
    for scale in scales:
        side = round(scale * short)
        if side >= SMALLEST_PART:
            corners = product(_starts(image.width, side), _starts(image.height, side))
            parts += [(x, y, x + side, y + side) for x, y in corners]
    return parts


def _starts(length: int, side: int) -> list[int]:
    """Return the offsets of crops that overlap by half or more."""
    steps = -(-2 * (length - side) // side)
    return [round(step * (length - side) / max(1, steps)) for step in range(steps + 1)]


def _centres(side: int, cells: Sequence[int]) -> NDArray[np.float32]:
    """Return the anchor centres in pixels: (N, 2)."""
    import numpy as np

    centres: list[NDArray[np.float32]] = []
    for cell, same in groupby(cells):
        rows, columns = np.mgrid[: side // cell, : side // cell]
        middles = (np.stack([columns.ravel(), rows.ravel()], axis=1) + 0.5) * cell
        middles = middles.astype(np.float32)
        centres.append(middles.repeat(BOXES_A_CELL * len(list(same)), axis=0))
    return np.concatenate(centres)


def _overlap(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Return the intersection over the smaller area: nested boxes are one object."""
    import numpy as np

    shared = (np.minimum(first[1], second[1]) - np.maximum(first[0], second[0])).clip(0).prod()
    smaller = min((first[1] - first[0]).prod(), (second[1] - second[0]).prod())
    return float(shared / max(smaller, 1e-6))
