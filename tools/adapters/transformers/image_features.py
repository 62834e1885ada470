"""Self-supervised image encoders in transformers, such as DINOv2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tools import Image, progress
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.vision.compare import Comparer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BATCH_SIZE = 16


class ImageFeatures(Comparer):
    """Compare images by their pooled features."""

    def __init__(self, loaded: Pretrained) -> None:
        self.loaded = loaded

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(open_pretrained("AutoModel", "AutoImageProcessor", files, settings, device))

    def vectors(self, images: Sequence[Image]) -> NDArray[np.float32]:
        import torch

        loaded = self.loaded
        rows: list[Any] = []
        for start in range(0, len(images), BATCH_SIZE):
            progress(start / len(images), f"picture {start + 1} of {len(images)}")
            batch = [image.opaque() for image in images[start : start + BATCH_SIZE]]
            prepared = loaded.to_device(loaded.processor(images=batch, return_tensors="pt"))
            with torch.inference_mode():
                features = loaded.network(**prepared).pooler_output.float()  # (N, D)
            rows.append(torch.nn.functional.normalize(features, dim=1).cpu())
        return torch.cat(rows).numpy()
