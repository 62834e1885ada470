"""U²-Net salient object detection (Qin et al., 2020), in both sizes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import Image, Mask
from tools.adapters.onnx.onnx_session import open_network, run_network
from tools.library.images.cut_out import ForegroundFinder

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


class U2Net(ForegroundFinder):
    """Segment the salient foreground of an image."""

    def __init__(self, network: InferenceSession) -> None:
        self.network = network

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(open_network(files["weights"], device))

    def foreground(self, image: Image) -> Mask:
        import numpy as np
        import PIL.Image

        model_input = self.network.get_inputs()[0]
        height, width = model_input.shape[2:]
        colours = np.asarray(image.opaque().resize((width, height)), np.float32)
        # Scale by the brightest pixel, as in training.
        colours = (colours / max(float(colours.max()), 1.0) - MEAN) / STD
        pixels = colours.transpose(2, 0, 1)[None].astype(np.float32)
        output_name = self.network.get_outputs()[0].name
        saliency = np.asarray(
            run_network(self.network, {model_input.name: pixels}, [output_name])[0]
        )[0, 0]
        mask = PIL.Image.fromarray((saliency.clip(0, 1) * 255).round().astype(np.uint8))
        return Mask(mask.resize((image.width, image.height)))
