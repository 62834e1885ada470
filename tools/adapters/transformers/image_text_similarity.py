"""Joint embedding models of images and texts in transformers, such as CLIP and SigLIP."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tools import Image, check_stop, progress
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.vision.classify import Matcher
from tools.library.vision.compare import Comparer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

BATCH_SIZE = 32
"""Batch size for images and texts."""


class ImageTextSimilarity(Matcher, Comparer):
    """Similarity of images to texts and to each other.

    Settings: `padding` of texts, "max_length" for networks that were trained so (SigLIP); by
    default to the longest of a batch.
    """

    def __init__(self, loaded: Pretrained, settings: Mapping[str, str]) -> None:
        self.loaded = loaded
        self.padding: str | bool = settings.get("padding") or True

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        opened = open_pretrained(
            "AutoModelForZeroShotImageClassification", "AutoProcessor", files, settings, device
        )
        return cls(opened, settings)

    def similarities(self, images: Sequence[Image], texts: Sequence[str]) -> NDArray[np.float32]:
        return self.vectors(images) @ self._text_vectors(texts).T

    def vectors(self, images: Sequence[Image]) -> NDArray[np.float32]:
        network, processor = self.loaded.network, self.loaded.processor
        return self._encode(
            [image.opaque() for image in images],
            lambda batch: processor(images=batch, return_tensors="pt"),
            network.get_image_features,
        )

    def _text_vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        network, processor = self.loaded.network, self.loaded.processor
        return self._encode(
            list(texts),
            lambda batch: processor(
                text=batch, padding=self.padding, truncation=True, return_tensors="pt"
            ),
            network.get_text_features,
        )

    def _encode(
        self,
        items: Sequence[Any],
        prepare: Callable[[Sequence[Any]], Mapping[str, Any]],
        network: Callable[..., Any],
    ) -> NDArray[np.float32]:
        """Return the normalized embedding of each item: (items, width)."""
        import torch

        rows: list[Tensor] = []
        for batch in _batches(items):
            tensors = self.loaded.to_device(prepare(batch))
            with torch.inference_mode():
                output = network(**tensors)
            features = output if isinstance(output, torch.Tensor) else output.pooler_output
            rows.append(torch.nn.functional.normalize(features.float(), dim=1).cpu())
        return torch.cat(rows).numpy()


def _batches(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), BATCH_SIZE):
        check_stop()
        if start:
            progress(start / len(items), f"{start} of {len(items)}")
        yield items[start : start + BATCH_SIZE]
