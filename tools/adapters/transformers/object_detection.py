"""Detectors of a fixed set of kinds in transformers, such as DETR and RT-DETR."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self, cast

from tools import Box, Boxes, Image
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.vision.detect import Detector


class ObjectDetection(Detector):
    """Object detector for the kinds of its checkpoint. Settings: `score`, the threshold (0.5)."""

    def __init__(self, loaded: Pretrained, settings: Mapping[str, str]) -> None:
        names = cast("dict[int, str]", loaded.network.config.id2label)
        self.loaded = loaded
        self.names = names
        self.labels = tuple(name for _, name in sorted(names.items()))
        self.score = float(settings.get("score", "0.5"))

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        opened = open_pretrained(
            "AutoModelForObjectDetection", "AutoImageProcessor", files, settings, device
        )
        return cls(opened, settings)

    def find(self, image: Image) -> Boxes:
        import torch

        loaded = self.loaded
        prepared = loaded.to_device(loaded.processor(images=image.opaque(), return_tensors="pt"))
        with torch.inference_mode():
            outputs = loaded.network(**prepared)
        (result,) = loaded.processor.post_process_object_detection(
            outputs, threshold=self.score, target_sizes=[(image.height, image.width)]
        )
        order = result["scores"].argsort(descending=True, stable=True).tolist()
        return Boxes(
            tuple(
                self._box(
                    result["boxes"][index].tolist(),
                    int(result["labels"][index]),
                    float(result["scores"][index]),
                    image,
                )
                for index in order
            )
        )

    def _box(self, corners: list[float], kind: int, score: float, image: Image) -> Box:
        left, top, right, bottom = corners
        return Box(
            left=max(left, 0.0),
            top=max(top, 0.0),
            right=min(right, float(image.width)),
            bottom=min(bottom, float(image.height)),
            label=self.names[kind],
            score=round(score, 3),
        )
