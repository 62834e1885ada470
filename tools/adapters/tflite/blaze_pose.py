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
from tools.adapters.tflite.blaze_detector import BlazeDetector, Sighting, square_parts
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

AROUND = 1.25
"""Size of the joint network's crop, relative to that circle."""

PLACES = 39
"""33 landmarks of the body, of which a Pose uses 18, and 6 that only help tracking in video."""

JOINTS: tuple[tuple[int, ...], ...] = (
    (0,), (11, 12), (12,), (14,), (16,), (11,), (13,), (15,), (24,), (26,), (28,), (23,), (25,),
    (27,), (5,), (2,), (8,), (7,),
)  # fmt: skip
"""Landmarks whose mean is each joint of a Pose: the neck lies between the shoulders."""

LEAST_LIKELY = 0.55
"""Threshold of the person detector; the joint network then rejects its false positives."""

LEAST_VISIBLE = 0.5
SAME_PERSON = 0.25
"""Two poses are one person's if their median joint distance is below this share of the smaller."""


class BlazePose(PoseFinder):
    """Pose estimator for separate people. Settings: `score`, the threshold (0.95)."""

    def __init__(self, people: BlazeDetector, joints: Any, score: float) -> None:
        self.people = people
        self.joints = joints
        self.score = score

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        with zipfile.ZipFile(files["weights"]) as task:
            people = open_lite_network(task.read("pose_detector.tflite"))
            joints = open_lite_network(task.read("pose_landmarks_detector.tflite"))
        return cls(BlazeDetector(people, CELLS), joints, float(settings.get("score", "0.95")))

    def poses(self, image: Image) -> tuple[Pose, ...]:
        found: list[_Body] = []
        for person in self.people.find(image, square_parts(image, SCALES), LEAST_LIKELY):
            check_stop()
            body = self._body(image, _View.of(person))
            if body.sure >= self.score:
                found.append(body)
        kept: list[_Body] = []
        for body in sorted(found, key=lambda body: -body.sure):
            if not any(body.is_same_as(other) for other in kept):
                kept.append(body)
        return tuple(body.pose() for body in kept)

    def _body(self, image: Image, view: _View) -> _Body:
        import numpy as np

        entry = self.joints.get_input_details()[0]
        pixels = np.asarray(view.look(image, int(entry["shape"][1])), np.float32)[None] / 255
        self.joints.set_tensor(entry["index"], pixels)
        self.joints.invoke()
        answers = {
            int(output["shape"][-1]): self.joints.get_tensor(output["index"])
            for output in self.joints.get_output_details()
            if len(output["shape"]) == 2
        }
        raw = answers[PLACES * 5][0].reshape(PLACES, 5)  # x, y, depth, visible, present
        places = view.back(raw[:, :2], int(entry["shape"][1]))
        return _Body(float(answers[1][0, 0]), places, 1 / (1 + np.exp(-raw[:, 3])))


@dataclass(frozen=True)
class _Body:
    sure: float
    places: NDArray[np.float32]
    visible: NDArray[np.float32]

    def pose(self) -> Pose:
        return Pose(tuple(self._joint(places) for places in JOINTS))

    def _joint(self, places: tuple[int, ...]) -> tuple[float, float] | None:
        if min(float(self.visible[place]) for place in places) < LEAST_VISIBLE:
            return None
        x, y = self.places[list(places)].mean(axis=0)
        return round(float(x), 1), round(float(y), 1)

    def is_same_as(self, other: _Body) -> bool:
        import numpy as np

        apart = np.linalg.norm(self.places - other.places, axis=1)
        size = min(float(np.ptp(body.places, axis=0).max()) for body in (self, other))
        return float(np.median(apart)) < SAME_PERSON * size


@dataclass(frozen=True)
class _View:
    """A square crop, rotated so that the person in it is upright."""

    x: float
    y: float
    side: float
    lean: float

    @classmethod
    def of(cls, person: Sighting) -> _View:
        x, y = (float(place) for place in person.places[HIPS])
        right, down = (float(place) for place in person.places[REACH] - person.places[HIPS])
        return cls(x, y, 2 * AROUND * hypot(right, down), pi / 2 - atan2(-down, right))

    def look(self, image: Image, side: int) -> PIL.Image.Image:
        """Return the crop with that many pixels a side."""
        import PIL.Image

        # Pillow rotates without antialiasing, so downscale before.
        shrink = min(1.0, side / self.side)
        size = [max(1, round(length * shrink)) for length in image.pixels.size]
        step = self.side * shrink / side
        right, down = step * cos(self.lean), step * sin(self.lean)
        half = side / 2
        turn = (
            right, -down, self.x * shrink - half * (right - down),
            down, right, self.y * shrink - half * (right + down),
        )  # fmt: skip
        return (
            image.opaque()
            .resize(size)
            .transform(
                (side, side), PIL.Image.Transform.AFFINE, turn, PIL.Image.Resampling.BILINEAR
            )
        )

    def back(self, places: NDArray[np.float32], side: int) -> NDArray[np.float32]:
        """Convert points in the crop to points in the image."""
        import numpy as np

        turn = np.asarray(
            [[cos(self.lean), sin(self.lean)], [-sin(self.lean), cos(self.lean)]], np.float32
        )
        centred = (places - side / 2) * (self.side / side)
        return np.asarray(centred @ turn + (self.x, self.y), np.float32)
