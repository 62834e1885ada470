"""BlazePose (Bazarevsky et al., 2020), MediaPipe's pose estimator, in TensorFlow Lite.

One network detects people, another finds the joints of each. One ZIP file holds both.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from math import atan2, cos, hypot, pi, sin
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tools import Image, check_stop
from tools.adapters.tflite.blaze_detector import BlazeDetector, Detection, square_crops
from tools.adapters.tflite.tflite_network import open_lite_network
from tools.library.vision.pose import Pose, PoseFinder

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image
    from numpy.typing import NDArray

CELLS = (8, 16, 32, 32, 32)

SCALES = (1.0, 0.5)
"""Crop sides relative to the image's shorter side: the person detector was trained on images of
one person."""

HIPS, REACH = 2, 3
"""Indices of a detection's points: the middle of the hips, and a point on the circle around it
that contains the whole body."""

CROP_MARGIN = 1.25
"""Size of the joint network's crop, relative to that circle."""

LANDMARKS = 39
"""33 landmarks of the body, of which a Pose uses 18, and 6 that only help tracking in video."""

JOINTS: tuple[tuple[int, ...], ...] = (
    (0,), (11, 12), (12,), (14,), (16,), (11,), (13,), (15,), (24,), (26,), (28,), (23,), (25,),
    (27,), (5,), (2,), (8,), (7,),
)  # fmt: skip
"""Landmarks whose mean is each joint of a Pose: the neck lies between the shoulders."""

MIN_PERSON_SCORE = 0.55
"""Threshold of the person detector; the joint network then rejects its false positives."""

MIN_VISIBILITY = 0.5
MAX_JOINT_DISTANCE = 0.25
"""Two poses are one person's if their median joint distance is below this share of the smaller."""


class BlazePose(PoseFinder):
    """Pose estimator for separate people. Settings: `score`, the threshold (0.95)."""

    def __init__(self, person_detector: BlazeDetector, joint_network: Any, score: float) -> None:
        self.person_detector = person_detector
        self.joint_network = joint_network
        self.score = score

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        with zipfile.ZipFile(files["weights"]) as task:
            people = open_lite_network(task.read("pose_detector.tflite"))
            joints = open_lite_network(task.read("pose_landmarks_detector.tflite"))
        return cls(BlazeDetector(people, CELLS), joints, float(settings.get("score", "0.95")))

    def poses(self, image: Image) -> tuple[Pose, ...]:
        bodies: list[_Body] = []
        for person in self.person_detector.find(
            image, square_crops(image, SCALES), MIN_PERSON_SCORE
        ):
            check_stop()
            body = self._estimate_body(image, _RotatedCrop.of(person))
            if body.score >= self.score:
                bodies.append(body)
        distinct: list[_Body] = []
        for body in sorted(bodies, key=lambda body: -body.score):
            if not any(body.is_same_as(other) for other in distinct):
                distinct.append(body)
        return tuple(body.pose() for body in distinct)

    def _estimate_body(self, image: Image, crop: _RotatedCrop) -> _Body:
        import numpy as np

        input_details = self.joint_network.get_input_details()[0]
        pixels = (
            np.asarray(crop.extract(image, int(input_details["shape"][1])), np.float32)[None] / 255
        )
        self.joint_network.set_tensor(input_details["index"], pixels)
        self.joint_network.invoke()
        outputs = {
            int(output["shape"][-1]): self.joint_network.get_tensor(output["index"])
            for output in self.joint_network.get_output_details()
            if len(output["shape"]) == 2
        }
        raw = outputs[LANDMARKS * 5][0].reshape(LANDMARKS, 5)  # x, y, depth, visible, present
        landmarks = crop.to_image(raw[:, :2], int(input_details["shape"][1]))
        return _Body(float(outputs[1][0, 0]), landmarks, 1 / (1 + np.exp(-raw[:, 3])))


@dataclass(frozen=True)
class _Body:
    score: float
    landmarks: NDArray[np.float32]
    visibility: NDArray[np.float32]

    def pose(self) -> Pose:
        return Pose(tuple(self._joint(indices) for indices in JOINTS))

    def _joint(self, indices: tuple[int, ...]) -> tuple[float, float] | None:
        if min(float(self.visibility[index]) for index in indices) < MIN_VISIBILITY:
            return None
        x, y = self.landmarks[list(indices)].mean(axis=0)
        return round(float(x), 1), round(float(y), 1)

    def is_same_as(self, other: _Body) -> bool:
        import numpy as np

        distances = np.linalg.norm(self.landmarks - other.landmarks, axis=1)
        size = min(float(np.ptp(body.landmarks, axis=0).max()) for body in (self, other))
        return float(np.median(distances)) < MAX_JOINT_DISTANCE * size


@dataclass(frozen=True)
class _RotatedCrop:
    """A square crop, rotated so that the person in it is upright."""

    x: float
    y: float
    side: float
    angle: float

    @classmethod
    def of(cls, person: Detection) -> _RotatedCrop:
        x, y = (float(coordinate) for coordinate in person.points[HIPS])
        right, down = (float(place) for place in person.points[REACH] - person.points[HIPS])
        return cls(x, y, 2 * CROP_MARGIN * hypot(right, down), pi / 2 - atan2(-down, right))

    def extract(self, image: Image, side: int) -> PIL.Image.Image:
        """Return the crop with that many pixels a side."""
        import PIL.Image

        # Pillow rotates without antialiasing, so downscale before.
        scale = min(1.0, side / self.side)
        size = [max(1, round(length * scale)) for length in image.pixels.size]
        step = self.side * scale / side
        right, down = step * cos(self.angle), step * sin(self.angle)
        half = side / 2
        matrix = (
            right, -down, self.x * scale - half * (right - down),
            down, right, self.y * scale - half * (right + down),
        )  # fmt: skip
        return (
            image.opaque()
            .resize(size)
            .transform(
                (side, side), PIL.Image.Transform.AFFINE, matrix, PIL.Image.Resampling.BILINEAR
            )
        )

    def to_image(self, points: NDArray[np.float32], side: int) -> NDArray[np.float32]:
        """Convert points in the crop to points in the image."""
        import numpy as np

        rotation = np.asarray(
            [[cos(self.angle), sin(self.angle)], [-sin(self.angle), cos(self.angle)]], np.float32
        )
        centred = (points - side / 2) * (self.side / side)
        return np.asarray(centred @ rotation + (self.x, self.y), np.float32)
