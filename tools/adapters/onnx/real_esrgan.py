"""Real-ESRGAN super-resolution by two (Wang et al., 2021), in ONNX."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import Image, check_stop, progress
from tools.adapters.onnx.onnx_session import open_network, run_network
from tools.library.images.enlarge import Enlarger

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

FACTOR = 2

TILE = 96
"""Tile side in pixels: about 3 seconds on two cores, so that the run stops soon on request."""

OVERLAP = 10
"""Overlap in pixels around a tile, so that there are no visible seams."""


class RealEsrgan(Enlarger):
    """Upscaler that also removes blur, noise and JPEG artefacts."""

    def __init__(self, network: InferenceSession) -> None:
        self.network = network

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(open_network(files["weights"], device))

    def enlarge(self, image: Image) -> Image:
        import numpy as np
        import PIL.Image

        height, width = image.height, image.width
        # The network unshuffles blocks of 2×2 pixels, so the sides must be even.
        padding = ((OVERLAP, OVERLAP + height % 2), (OVERLAP, OVERLAP + width % 2), (0, 0))
        pixels = np.pad(image.array(), padding, mode="edge")
        canvas = np.zeros((height * FACTOR, width * FACTOR, 3), np.uint8)
        tiles = list(product(range(0, height, TILE), range(0, width, TILE)))
        for index, (top, left) in enumerate(tiles):
            check_stop()
            progress(index / len(tiles), f"part {index + 1} of {len(tiles)}")
            tile = pixels[top : top + TILE + 2 * OVERLAP, left : left + TILE + 2 * OVERLAP]
            bottom, right = min(top + TILE, height), min(left + TILE, width)
            upscaled = self._upscale(tile)[OVERLAP * FACTOR :, OVERLAP * FACTOR :]
            canvas[top * FACTOR : bottom * FACTOR, left * FACTOR : right * FACTOR] = upscaled[
                : (bottom - top) * FACTOR, : (right - left) * FACTOR
            ]
        return Image(PIL.Image.fromarray(canvas))

    def _upscale(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        import numpy as np

        batch = (pixels.astype(np.float32) / 255).transpose(2, 0, 1)[None]
        output = np.asarray(run_network(self.network, {"input": batch})[0])[0]
        return (output.clip(0, 1) * 255).round().astype(np.uint8).transpose(1, 2, 0)
