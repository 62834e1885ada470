"""MI-GAN inpainting (Sargsyan et al., 2023): its authors' ONNX pipeline.

The pipeline accepts any size, inpaints 512×512 pixels around the mask and blends the result in.
https://github.com/Picsart-AI-Research/MI-GAN
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import Image, Mask, check_stop
from tools.adapters.onnx.onnx_session import open_network, run_network
from tools.library.images.remove import Inpainter

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

MAX_PIXELS = 2_000_000
"""Limit of the pipeline's input, which needs 300 bytes of memory for each pixel."""

MIN_CONTEXT = 64
"""Pixels of context around the mask, even if the mask is tiny."""


class MiGan(Inpainter):
    """Inpainter for backgrounds such as walls, ground and sky."""

    def __init__(self, network: InferenceSession) -> None:
        self.network = network

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(open_network(files["weights"], device))

    def fill(self, image: Image, hole: Mask) -> Image:
        import numpy as np
        import PIL.Image

        check_stop()
        window = _window(hole, image)
        pixels, mask = image.opaque().crop(window), hole.pixels.crop(window)
        scale = min(1.0, sqrt(MAX_PIXELS / (pixels.width * pixels.height)))
        size = [max(1, round(side * scale)) for side in pixels.size]
        # A downscaled pixel belongs to the mask if any part of it does.
        small_mask = mask.resize(size, PIL.Image.Resampling.BOX).point([0] + [255] * 255)
        inputs = {
            "image": np.asarray(pixels.resize(size)).transpose(2, 0, 1)[None],
            "mask": 255 - np.asarray(small_mask)[None, None],  # 255: keep
        }
        painted = np.asarray(run_network(self.network, inputs)[0])[0].transpose(1, 2, 0)
        canvas = image.opaque().copy()
        canvas.paste(PIL.Image.fromarray(painted).resize(pixels.size), window[:2], mask)
        return Image(canvas)


def _window(mask: Mask, image: Image) -> tuple[int, int, int, int]:
    """Return the mask's box with half its longer side as context."""
    box = mask.bounds(image.width, image.height)
    context = max(MIN_CONTEXT, round(max(box.right - box.left, box.bottom - box.top) / 2))
    return (
        max(0, round(box.left) - context),
        max(0, round(box.top) - context),
        min(image.width, round(box.right) + context),
        min(image.height, round(box.bottom) + context),
    )
