"""YOLOX detectors in ONNX, as Megvii exports them. https://github.com/Megvii-BaseDetection/YOLOX"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import Box, Boxes, Image
from tools.adapters.onnx.onnx_session import open_network, run_network
from tools.library.vision.detect import Detector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

COCO = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat",
    "traffic light", "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog",
    "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella",
    "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite",
    "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange",
    "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant",
    "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote", "keyboard", "cell phone",
    "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors",
    "teddy bear", "hair drier", "toothbrush",
)  # fmt: skip

STRIDES = (8, 16, 32)
GREY = 114  # padding colour, as in training
MAX_OVERLAP = 0.45
"""IoU up to which two boxes of a class are two objects."""


class Yolox(Detector):
    """Object detector for the 80 COCO classes. Settings: `score`, the threshold (0.4)."""

    labels = COCO

    def __init__(self, network: InferenceSession, score: float) -> None:
        self.network = network
        self.score = score

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        network = open_network(files["weights"], device)
        return cls(network, float(settings.get("score", "0.4")))

    def find(self, image: Image) -> Boxes:
        import numpy as np

        model_input = self.network.get_inputs()[0]
        height, width = model_input.shape[2:]
        scale = min(height / image.height, width / image.width)
        pixels = _letterbox(image, height, width, scale)
        raw = np.asarray(run_network(self.network, {model_input.name: pixels})[0])[0]  # (N, 5 + 80)
        corners = _decode_boxes(raw[:, :4], height, width) / scale
        corners = corners.clip(0, (image.width, image.height, image.width, image.height))
        class_scores = raw[:, 4:5] * raw[:, 5:]
        classes, scores = class_scores.argmax(axis=1), class_scores.max(axis=1)
        return Boxes(
            tuple(
                Box(
                    *(round(float(edge), 1) for edge in corners[index]),
                    label=COCO[classes[index]],
                    score=round(float(scores[index]), 3),
                )
                for index in _non_maximum_suppression(corners, scores, classes, self.score)
            )
        )


def _letterbox(image: Image, height: int, width: int, scale: float) -> NDArray[np.float32]:
    """Letterbox the image at the top left: BGR, (1, 3, height, width)."""
    import numpy as np

    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    canvas = np.full((height, width, 3), GREY, np.float32)
    canvas[: size[1], : size[0]] = np.asarray(image.opaque().resize(size))
    return np.ascontiguousarray(canvas[None, :, :, ::-1].transpose(0, 3, 1, 2))


def _decode_boxes(raw: NDArray[np.float32], height: int, width: int) -> NDArray[np.float32]:
    """Decode the grid cells to boxes left, top, right, bottom: (N, 4)."""
    import numpy as np

    cells: list[NDArray[np.float32]] = []
    steps: list[NDArray[np.float32]] = []
    for stride in STRIDES:
        rows, columns = np.mgrid[: height // stride, : width // stride].astype(np.float32)
        cells.append(np.stack([columns.ravel(), rows.ravel()], axis=1))
        steps.append(np.full((rows.size, 1), stride, np.float32))
    step = np.concatenate(steps)
    centres = (raw[:, :2] + np.concatenate(cells)) * step
    halves = np.exp(raw[:, 2:]) * step / 2
    return np.concatenate([centres - halves, centres + halves], axis=1, dtype=np.float32)


def _non_maximum_suppression(
    corners: NDArray[np.float32],
    scores: NDArray[np.float32],
    classes: NDArray[np.int64],
    min_score: float,
) -> list[int]:
    """Return indices after non-maximum suppression per class, best first."""
    import cv2
    import numpy as np

    sizes = corners[:, 2:] - corners[:, :2]
    # Boxes beyond the image are clipped to nothing.
    visible_scores = np.where(sizes.prod(axis=1) > 0, scores, 0).astype(np.float32)
    boxes = np.hstack([corners[:, :2], sizes]).tolist()
    indices = cv2.dnn.NMSBoxesBatched(
        boxes, visible_scores.tolist(), classes.tolist(), min_score, MAX_OVERLAP
    )
    return [int(index) for index in indices]
