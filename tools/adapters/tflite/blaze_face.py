"""BlazeFace (Bazarevsky et al., 2019), MediaPipe's face detector, in TensorFlow Lite."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tools import Box, Boxes, Image
from tools.adapters.tflite.blaze_detector import BlazeDetector, Sighting, square_parts
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
        found = self.detector.find(image, square_parts(image, SCALES), self.score)
        return Boxes(
            tuple(
                Box(*_corners(seen, image), label="face", score=round(seen.score, 3))
                for seen in found
            )
        )


def _corners(face: Sighting, image: Image) -> tuple[float, float, float, float]:
    """Return the face's box, clipped to the image."""
    limits = (image.width, image.height)
    left, top, right, bottom = face.places[:2].clip(0, limits).ravel()
    return (
        round(float(left), 1),
        round(float(top), 1),
        round(float(right), 1),
        round(float(bottom), 1),
    )
