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

Crop = tuple[int, int, int, int]
"""A square crop, which may extend beyond the image: left, top, right, bottom."""

ANCHORS_PER_CELL = 2
MAX_OVERLAP = 0.3
LARGEST_LOGIT = 80

MIN_CROP_SIDE = 100
"""Side in pixels: smaller crops hardly show more than the whole image."""


@dataclass(frozen=True)
class Detection:
    """A detected object, in image pixels."""

    score: float
    points: NDArray[np.float32]
    """Top left and bottom right corner, then the keypoints: (2 + keypoints, 2)."""


class BlazeDetector:
    """A TensorFlow Lite interpreter and its grids' cell sizes, in pixels."""

    def __init__(self, network: Any, cells: Sequence[int]) -> None:
        self.network = network
        self.input_details = network.get_input_details()[0]
        outputs = network.get_output_details()
        self.score_output, self.box_output = sorted(outputs, key=lambda output: output["shape"][-1])
        self.side = int(self.input_details["shape"][1])
        self.anchors = _anchor_centres(self.side, cells)

    def find(self, image: Image, crops: Sequence[Crop], min_score: float) -> list[Detection]:
        """Return the objects in these crops after non-maximum suppression, best first."""
        pixels = image.opaque()
        candidates = [
            detection for crop in crops for detection in self._detect(pixels, crop, min_score)
        ]
        detections: list[Detection] = []
        for seen in sorted(candidates, key=lambda seen: -seen.score):
            if all(_overlap(seen.points, other.points) < MAX_OVERLAP for other in detections):
                detections.append(seen)
        return detections

    def _detect(self, pixels: PIL.Image.Image, crop: Crop, min_score: float) -> list[Detection]:
        import numpy as np

        check_stop()
        batch = np.asarray(_crop_to_square(pixels, crop, self.side), np.float32)[None] / 127.5 - 1
        self.network.set_tensor(self.input_details["index"], batch)
        self.network.invoke()
        logits = self.network.get_tensor(self.score_output["index"])[0, :, 0]
        probabilities = 1 / (1 + np.exp(-logits.clip(-LARGEST_LOGIT, LARGEST_LOGIT)))
        raw = self.network.get_tensor(self.box_output["index"])[0]  # (N, 4 + 2 * keypoints)
        scale = (crop[2] - crop[0]) / self.side
        origin = np.asarray(crop[:2], np.float32)
        detections: list[Detection] = []
        for index in np.flatnonzero(probabilities >= min_score):
            values = raw[index].reshape(-1, 2)
            centre, half = values[0] + self.anchors[index], values[1] / 2
            keypoints = values[2:] + self.anchors[index]
            points = np.stack([centre - half, centre + half, *keypoints]) * scale + origin
            detections.append(Detection(float(probabilities[index]), points.astype(np.float32)))
        return detections


def _crop_to_square(pixels: PIL.Image.Image, crop: Crop, side: int) -> PIL.Image.Image:
    """Resize the crop to a square, black beyond the image."""
    import PIL.Image

    left, top, right, bottom = crop
    scale = side / (right - left)
    inside = (max(left, 0), max(top, 0), min(right, pixels.width), min(bottom, pixels.height))
    width, height = inside[2] - inside[0], inside[3] - inside[1]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    canvas = PIL.Image.new("RGB", (side, side))
    corner = (round((inside[0] - left) * scale), round((inside[1] - top) * scale))
    canvas.paste(pixels.resize(size, box=inside), corner)
    return canvas


def square_crops(image: Image, scales: Sequence[float]) -> list[Crop]:
    """Return the whole image as a square, then overlapping squares per scale.

    A scale is relative to the shorter side of the image.
    """
    long, short = max(image.width, image.height), min(image.width, image.height)
    left, top = (image.width - long) // 2, (image.height - long) // 2
    crops = [(left, top, left + long, top + long)]
    for scale in scales:
        side = round(scale * short)
        if side >= MIN_CROP_SIDE:
            corners = product(_crop_offsets(image.width, side), _crop_offsets(image.height, side))
            crops += [(x, y, x + side, y + side) for x, y in corners]
    return crops


def _crop_offsets(length: int, side: int) -> list[int]:
    """Return the offsets of crops that overlap by half or more."""
    steps = -(-2 * (length - side) // side)
    return [round(step * (length - side) / max(1, steps)) for step in range(steps + 1)]


def _anchor_centres(side: int, cells: Sequence[int]) -> NDArray[np.float32]:
    """Return the anchor centres in pixels: (N, 2)."""
    import numpy as np

    centres: list[NDArray[np.float32]] = []
    for cell, group in groupby(cells):
        rows, columns = np.mgrid[: side // cell, : side // cell]
        positions = (np.stack([columns.ravel(), rows.ravel()], axis=1) + 0.5) * cell
        positions = positions.astype(np.float32)
        centres.append(positions.repeat(ANCHORS_PER_CELL * len(list(group)), axis=0))
    return np.concatenate(centres)


def _overlap(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """Return the intersection over the smaller area: nested boxes are one object."""
    import numpy as np

    intersection = (
        (np.minimum(first[1], second[1]) - np.maximum(first[0], second[0])).clip(0).prod()
    )
    smaller = min((first[1] - first[0]).prod(), (second[1] - second[0]).prod())
    return float(intersection / max(smaller, 1e-6))
