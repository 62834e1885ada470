"""BlazeFace (Bazarevsky et al., 2019), MediaPipe's face detector, in TensorFlow Lite."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tools import Box, Boxes, Image
from tools.adapters.tflite.blaze_detector import BlazeDetector, Detection, square_crops
from tools.adapters.tflite.tflite_network import open_lite_network
from tools.library.vision.faces import FaceFinder

CELLS = (8, 16, 16, 16)

SCALES = (1.0, 0.5, 0.25)
"""Crop sides relative to the image's shorter side: the network was trained on selfies, so small
faces are only found in crops."""


class BlazeFace(FaceFinder):
    """Detector of frontal faces. Settings: `score`, the threshold (0.85)."""

    def __init__(self, detector: BlazeDetector, score: float) -> None:
        self.detector = detector
        self.score = score

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        network = open_lite_network(files["weights"].read_bytes())
        return cls(BlazeDetector(network, CELLS), float(settings.get("score", "0.85")))

    def faces(self, image: Image) -> Boxes:
        detections = self.detector.find(image, square_crops(image, SCALES), self.score)
        return Boxes(
            tuple(
                Box(*_clipped_box(detection, image), label="face", score=round(detection.score, 3))
                for detection in detections
            )
        )


def _clipped_box(face: Detection, image: Image) -> tuple[float, float, float, float]:
    """Return the face's box, clipped to the image."""
    limits = (image.width, image.height)
    left, top, right, bottom = face.points[:2].clip(0, limits).ravel()
    return (
        round(float(left), 1),
        round(float(top), 1),
        round(float(right), 1),
        round(float(bottom), 1),
    )
