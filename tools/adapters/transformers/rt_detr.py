"""Detectors of the RT-DETR family, in transformers' checkpoints. https://arxiv.org/abs/2304.08069"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import Box, Boxes, Image
from tools.adapters.checkpoint_files import pixels_of, read_config, read_weights
from tools.library.vision.detect import Detector

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class RtDetr(Detector):
    """Finds the kinds of things that its checkpoint names.

    Settings: `size`, the pixels that it scales a picture to (640); `score`, how sure it must be
    (0.5); `overlap`, from which on two boxes are taken for one thing (1, which is never: a fully
    trained one tells of each thing once).
    """

    def __init__(
        self, network: PreTrainedModel, size: int, score: float, overlap: float = 1.0
    ) -> None:
        names = network.config.id2label or {}
        self.network = network
        self.labels = tuple(name for _, name in sorted(names.items()))
        self.size = size
        self.score = score
        self.overlap = overlap

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
        )

    def find(self, image: Image) -> Boxes:
        import torch
        from torchvision.ops import box_convert, nms

        pixels = pixels_of(image, self.size).to(self.network.device)
        with torch.inference_mode():
            found = self.network(pixels)
        scores, kinds = found.logits[0].sigmoid().max(dim=1)
        places = found.pred_boxes[0]
        kept = nms(box_convert(places, "cxcywh", "xyxy"), scores, self.overlap)
        kept = kept[scores[kept] >= self.score]
        told = zip(places[kept].tolist(), kinds[kept].tolist(), scores[kept].tolist(), strict=True)
        return Boxes(tuple(self._box(place, kind, score, image) for place, kind, score in told))

    def _box(self, place: list[float], kind: int, score: float, image: Image) -> Box:
        """The box in the picture's own pixels, of a middle and a size in parts of the picture."""
        x, y, width, height = place
        return Box(
            left=max(x - width / 2, 0) * image.width,
            top=max(y - height / 2, 0) * image.height,
            right=min(x + width / 2, 1) * image.width,
            bottom=min(y + height / 2, 1) * image.height,
            label=self.labels[kind],
            score=score,
        )
