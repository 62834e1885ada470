"""Super-resolution networks in transformers, such as Swin2SR."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import Image, check_stop, progress
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.images.enlarge import Enlarger

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FACTOR = 2

TILE = 256
"""Tile side in pixels: limits memory and lets a stop request take effect between tiles."""

OVERLAP = 16
"""Overlap in pixels around a tile, so that there are no visible seams."""


class ImageToImage(Enlarger):
    """Upscale an image tile by tile."""

    def __init__(self, loaded: Pretrained) -> None:
        self.loaded = loaded

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(
            open_pretrained(
                "AutoModelForImageToImage", "AutoImageProcessor", files, settings, device
            )
        )

    def enlarge(self, image: Image) -> Image:
        import numpy as np
        import PIL.Image

        height, width = image.height, image.width
        pixels = np.pad(
            image.array(), ((OVERLAP, OVERLAP), (OVERLAP, OVERLAP), (0, 0)), mode="edge"
        )
        canvas = np.zeros((height * FACTOR, width * FACTOR, 3), np.uint8)
        tiles = list(product(range(0, height, TILE), range(0, width, TILE)))
        for index, (top, left) in enumerate(tiles):
            check_stop()
            progress(index / len(tiles), f"part {index + 1} of {len(tiles)}")
            bottom, right = min(top + TILE, height), min(left + TILE, width)
            tile = pixels[top : bottom + 2 * OVERLAP, left : right + 2 * OVERLAP]
            upscaled = self._upscale(tile)[OVERLAP * FACTOR :, OVERLAP * FACTOR :]
            canvas[top * FACTOR : bottom * FACTOR, left * FACTOR : right * FACTOR] = upscaled[
                : (bottom - top) * FACTOR, : (right - left) * FACTOR
            ]
        return Image(PIL.Image.fromarray(canvas))

    def _upscale(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        import torch

        loaded = self.loaded
        prepared = loaded.to_device(loaded.processor(images=pixels, return_tensors="pt"))
        with torch.inference_mode():
            output = loaded.network(**prepared).reconstruction[0].float().clamp(0, 1)
        return (output * 255).round().byte().permute(1, 2, 0).cpu().numpy()
