"""Image classifiers in transformers, such as DINOv2 with the ImageNet classes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self, cast

from tools import Image
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.vision.recognise import Prediction, Recogniser


class ImageClassification(Recogniser):
    """Image classifier. Uses the first name of a label with several."""

    def __init__(self, loaded: Pretrained) -> None:
        self.loaded = loaded
        labels = cast("dict[int, str]", loaded.network.config.id2label)
        self.names = tuple(name.partition(",")[0] for _, name in sorted(labels.items()))

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(
            open_pretrained(
                "AutoModelForImageClassification", "AutoImageProcessor", files, settings, device
            )
        )

    def predictions(self, image: Image) -> tuple[Prediction, ...]:
        import torch

        loaded = self.loaded
        prepared = loaded.to_device(loaded.processor(images=image.opaque(), return_tensors="pt"))
        with torch.inference_mode():
            probabilities = loaded.network(**prepared).logits[0].float().softmax(0).cpu()
        order = probabilities.argsort(descending=True, stable=True).tolist()
        return tuple(Prediction(self.names[index], float(probabilities[index])) for index in order)
