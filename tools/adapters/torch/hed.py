"""Holistically-nested edge detection (Xie and Tu, 2015), from Keras weights.

The network is VGG-16 with a side output for each of its five blocks; a last layer fuses them.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import Image, check_stop
from tools.library.vision.edges import EdgeFinder

if TYPE_CHECKING:
    from torch import Tensor

BLOCKS = (2, 2, 3, 3, 3)
"""Number of convolutions in each block."""

MEAN = (104.00699, 116.66877, 122.67892)
"""Mean colour of the training images, BGR."""

MAX_PIXELS = 640_000
"""Larger images are downscaled to this: a pixel takes 800 bytes, a million about 3 seconds."""


class Hed(EdgeFinder):
    """Edge detector that finds object boundaries rather than every change of brightness."""

    def __init__(self, weights: Mapping[str, tuple[Tensor, Tensor]]) -> None:
        self.weights = weights

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        import h5py
        import numpy as np
        import torch

        def layer(file: h5py.File, name: str) -> tuple[Tensor, Tensor]:
            kernel, bias = (
                torch.from_numpy(np.asarray(file[f"{name}/vars/{part}"])) for part in (0, 1)
            )
            # Keras: (height, width, in, out); torch: (out, in, height, width).
            return kernel.permute(3, 2, 0, 1).contiguous().to(device), bias.to(device)

        names = [f"dsn{block}" for block in range(1, len(BLOCKS) + 1)]
        for block, depth in enumerate(BLOCKS, start=1):
            names += [_layer_name(block, index) for index in range(depth)]
        with h5py.File(files["weights"]) as file:
            return cls({name: layer(file, name) for name in (*names, "fuse")})

    def edges(self, image: Image) -> Image:
        import numpy as np
        import PIL.Image
        import torch

        pixels = image.opaque()
        scale = min(1.0, sqrt(MAX_PIXELS / (image.width * image.height)))
        if scale < 1:
            pixels = pixels.resize([max(1, round(side * scale)) for side in pixels.size])
        bgr = np.asarray(pixels, np.float32)[:, :, ::-1] - np.asarray(MEAN, np.float32)
        device = self.weights["fuse"][0].device
        with torch.inference_mode():
            x = torch.from_numpy(np.ascontiguousarray(bgr.transpose(2, 0, 1)))[None]
            probabilities = self._forward(x.to(device))[0, 0]
        edge_map = PIL.Image.fromarray((probabilities.cpu().numpy() * 255).round().astype(np.uint8))
        return Image(edge_map.resize((image.width, image.height)) if scale < 1 else edge_map)

    def _forward(self, x: Tensor) -> Tensor:
        """Return edge probabilities: (1, 3, H, W) to (1, 1, H, W)."""
        import torch
        from torch.nn import functional

        size = x.shape[2:]
        sides: list[Tensor] = []
        for block, depth in enumerate(BLOCKS, start=1):
            if block > 1:
                x = functional.max_pool2d(x, 2, ceil_mode=True)
            for index in range(depth):
                check_stop()
                weight, bias = self.weights[_layer_name(block, index)]
                x = functional.conv2d(x, weight, bias, padding=1).relu_()
            side = functional.conv2d(x, *self.weights[f"dsn{block}"])
            sides.append(functional.interpolate(side, size, mode="bilinear"))
        return functional.conv2d(torch.cat(sides, dim=1), *self.weights["fuse"]).sigmoid()


def _layer_name(block: int, index: int) -> str:
    return f"block{block}/layers/conv2d" + (f"_{index}" if index else "")
