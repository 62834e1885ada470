"""RT-DETR object detectors in transformers checkpoints. https://arxiv.org/abs/2304.08069"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Self

from tools import Box, Boxes, Image
from tools.adapters.checkpoint_files import image_tensor, read_config, read_weights
from tools.library.vision.detect import Detector

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class RtDetr(Detector):
    """Object detector for the classes of its checkpoint.

    Settings: `size`, the side of its input in pixels (640); `score`, the threshold (0.5);
    `overlap`, the IoU threshold of non-maximum suppression (1, which is none: a fully trained
    network detects each object once).
    Its file `synonyms` is optional: a line for each label with other words for it.
    """

    def __init__(
        self,
        network: PreTrainedModel,
        size: int,
        score: float,
        overlap: float = 1.0,
        synonyms: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        names = network.config.id2label or {}
        self.network = network
        self.labels = tuple(name for _, name in sorted(names.items()))
        self.size = size
        self.score = score
        self.overlap = overlap
        self.synonyms = synonyms

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        from transformers import AutoModelForObjectDetection

        network = AutoModelForObjectDetection.from_config(read_config(files["config.json"]))
        read_weights(network, files["model.safetensors"])
        return cls(
            network.to(device).eval(),
            size=int(settings.get("size", "640")),
            score=float(settings.get("score", "0.5")),
            overlap=float(settings.get("overlap", "1")),
            synonyms=_read_synonyms(files["synonyms"]) if "synonyms" in files else {},
        )

    def find(self, image: Image) -> Boxes:
        import torch
        from torchvision.ops import box_convert, nms

        pixels = image_tensor(image, self.size).to(self.network.device)
        with torch.inference_mode():
            outputs = self.network(pixels)
        scores, classes = outputs.logits[0].sigmoid().max(dim=1)
        boxes = outputs.pred_boxes[0]
        keep = nms(box_convert(boxes, "cxcywh", "xyxy"), scores, self.overlap)
        keep = keep[scores[keep] >= self.score]
        detections = zip(
            boxes[keep].tolist(), classes[keep].tolist(), scores[keep].tolist(), strict=True
        )
        return Boxes(
            tuple(
                self._box(box, class_index, score, image) for box, class_index, score in detections
            )
        )

    def _box(self, box: list[float], class_index: int, score: float, image: Image) -> Box:
        """Convert a relative centre and size to a box in image pixels."""
        x, y, width, height = box
        return Box(
            left=max(x - width / 2, 0) * image.width,
            top=max(y - height / 2, 0) * image.height,
            right=min(x + width / 2, 1) * image.width,
            bottom=min(y + height / 2, 1) * image.height,
            label=self.labels[class_index],
            score=score,
        )


def _read_synonyms(file: Path) -> dict[str, str]:
    lines = (line.split(", ") for line in file.read_text("utf-8").splitlines())
    return {word: label for label, *words in lines for word in words}
