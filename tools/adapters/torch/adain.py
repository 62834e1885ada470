"""Style transfer by adaptive instance normalisation (Huang and Belongie, 2017).

VGG-19 encodes both images; the content features get the mean and standard deviation of the style
features per channel, and a decoder renders them. https://github.com/naoto0804/pytorch-AdaIN
"""

from __future__ import annotations

from collections.abc import Mapping
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import Image, check_stop, progress
from tools.library.images.restyle import StylePainter

if TYPE_CHECKING:
    from torch import Tensor

# Indices of the convolutions in the authors' layers; "-" halves, "+" doubles the size.
ENCODER = (0, 2, 5, "-", 9, 12, "-", 16, 19, 22, 25, "-", 29)
DECODER = (1, "+", 5, 8, 11, 14, "+", 18, 21, "+", 25, 28)

COLOURS = 3

MAX_PIXELS = 400_000
"""Larger images are downscaled to this: half a million pixels take about 5 seconds."""

STYLE_PIXELS = 260_000
"""Size of the style image: about that of the training images, 512×512."""

Layers = Mapping[int, tuple["Tensor", "Tensor"]]


class AdaIn(StylePainter):
    """Style transfer of colours, strokes and textures from any image."""

    def __init__(self, encoder: Layers, decoder: Layers) -> None:
        self.encoder = encoder
        self.decoder = decoder

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(
            _load_layers(files["encoder"], ENCODER, device),
            _load_layers(files["decoder"], DECODER, device),
        )

    def paint(self, image: Image, style: Image, strength: float) -> Image:
        import numpy as np
        import PIL.Image
        import torch

        with torch.inference_mode():
            progress(0, "looking at the style")
            style_features = self._encode(style, STYLE_PIXELS)
            progress(0.2, "looking at the picture")
            content = self._encode(image, MAX_PIXELS)
            std, mean = torch.std_mean(content, dim=(2, 3), keepdim=True)
            style_std, style_mean = torch.std_mean(style_features, dim=(2, 3), keepdim=True)
            styled = (content - mean) / (std + 1e-5) * style_std + style_mean
            progress(0.5, "painting")
            painted = _run_layers(self.decoder, DECODER, content.lerp(styled, strength))[0]
        colours = (painted.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).cpu().numpy()
        canvas = PIL.Image.fromarray(np.ascontiguousarray(colours))
        return Image(canvas.resize((image.width, image.height)))

    def _encode(self, image: Image, max_pixels: int) -> Tensor:
        """Return the VGG features: (1, 512, height / 8, width / 8)."""
        import numpy as np
        import torch

        pixels = image.opaque()
        scale = min(1.0, sqrt(max_pixels / (image.width * image.height)))
        # At least two pixels in the coarsest layer, which needs them for reflection padding.
        size = [max(16, round(side * scale)) for side in pixels.size]
        colours = np.asarray(pixels.resize(size), np.float32).transpose(2, 0, 1) / 255
        device = next(iter(self.encoder.values()))[0].device
        batch = torch.from_numpy(np.ascontiguousarray(colours))[None].to(device)
        return _run_layers(self.encoder, ENCODER, batch)


def _load_layers(path: Path, plan: tuple[int | str, ...], device: str) -> Layers:
    import torch

    weights = torch.load(path, map_location=device, weights_only=True)
    return {
        index: (weights[f"{index}.weight"], weights[f"{index}.bias"])
        for index in plan
        if isinstance(index, int)
    }


def _run_layers(layers: Layers, plan: tuple[int | str, ...], x: Tensor) -> Tensor:
    from torch.nn import functional

    for step in plan:
        check_stop()
        if step == "-":
            x = functional.max_pool2d(x, 2, ceil_mode=True)
        elif step == "+":
            x = functional.interpolate(x, scale_factor=2)
        elif isinstance(step, int):
            weight, bias = layers[step]
            if weight.shape[-1] == 3:
                x = functional.pad(x, (1, 1, 1, 1), mode="reflect")
            x = functional.conv2d(x, weight, bias)
            # The first and the last layer, which have three output channels, have no ReLU.
            if weight.shape[0] != COLOURS:
                x = x.relu_()
    return x
