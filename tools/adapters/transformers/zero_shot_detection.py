"""Open-vocabulary detectors in transformers, such as Grounding DINO and OWLv2."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tools import Box, Boxes, Image
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.vision.detect import OpenDetector


class ZeroShotDetection(OpenDetector):
    """Open-vocabulary object detector.

    Settings: `labels`, the default labels, separated by commas; `score`, the threshold (0.3);
    `overlap`, the IoU threshold of non-maximum suppression (0.7).
    """

    def __init__(self, loaded: Pretrained, settings: Mapping[str, str]) -> None:
        self.loaded = loaded
        self.labels = tuple(name.strip() for name in settings["labels"].split(","))
        self.score = float(settings.get("score", "0.3"))
        self.overlap = float(settings.get("overlap", "0.7"))

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        opened = open_pretrained(
            "AutoModelForZeroShotObjectDetection", "AutoProcessor", files, settings, device
        )
        return cls(opened, settings)

    def find(self, image: Image) -> Boxes:
        return self._detect(image, self.labels)

    def find_named(self, image: Image, label: str) -> Boxes:
        return self._detect(image, [label])

    def _detect(self, image: Image, labels: Sequence[str]) -> Boxes:
        import torch
        from torchvision.ops import nms

        processor = self.loaded.processor
        prepared = processor(
            images=image.opaque(), text=[list(labels)], return_tensors="pt", truncation=True
        )
        tensors = self.loaded.to_device(prepared)
        with torch.inference_mode():
            outputs = self.loaded.network(**tensors)
        postprocess = processor.post_process_grounded_object_detection
        options: dict[str, Any] = {
            "threshold": self.score,
            "target_sizes": [(image.height, image.width)],
            "text_labels": [list(labels)],
            "input_ids": tensors["input_ids"],
            "text_threshold": self.score,
        }
        # Each family's processor accepts some of these.
        accepted = inspect.signature(postprocess).parameters
        (result,) = postprocess(
            outputs, **{name: value for name, value in options.items() if name in accepted}
        )
        boxes, scores = result["boxes"].float(), result["scores"].float()
        names = result["text_labels"]
        keep = nms(boxes, scores, self.overlap).tolist()
        return Boxes(
            tuple(
                _box(
                    boxes[index].tolist(),
                    _closest_label(names[index], labels),
                    scores[index],
                    image,
                )
                for index in keep
            )
        )


def _closest_label(name: str, labels: Sequence[str]) -> str:
    """Return the requested label that shares most words with the matched tokens."""
    words = set(name.split())
    return max(labels, key=lambda label: len(words & set(label.lower().split())))


def _box(corners: Sequence[float], label: str, score: Any, image: Image) -> Box:
    left, top, right, bottom = corners
    width, height = float(image.width), float(image.height)
    return Box(
        left=min(max(left, 0.0), width),
        top=min(max(top, 0.0), height),
        right=min(max(right, 0.0), width),
        bottom=min(max(bottom, 0.0), height),
        label=label,
        score=round(float(score), 3),
    )
