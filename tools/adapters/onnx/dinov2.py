"""DINOv2 image features (Oquab et al., 2023), from a self-supervised vision transformer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import Image, check_stop, progress
from tools.adapters.onnx.onnx_session import open_network, run_network
from tools.library.vision.compare import Comparer

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


class DinoV2(Comparer):
    """Compare images by their mean patch features."""

    def __init__(self, network: InferenceSession) -> None:
        self.network = network

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(open_network(files["weights"], device))

    def vectors(self, images: Sequence[Image]) -> NDArray[np.float32]:
        import numpy as np

        model_input = self.network.get_inputs()[0]
        height, width = model_input.shape[2:]
        rows: list[NDArray[np.float32]] = []
        for index, image in enumerate(images):
            check_stop()
            progress(index / len(images), f"picture {index + 1} of {len(images)}")
            colours = np.asarray(image.opaque().resize((width, height)), np.float32) / 255
            pixels = ((colours - MEAN) / STD).transpose(2, 0, 1)[None].astype(np.float32)
            features = np.asarray(
                run_network(self.network, {model_input.name: pixels})[0]
            )  # (1, 8, 8, 384)
            row = features.reshape(-1, features.shape[-1]).mean(axis=0)
            rows.append(row / np.linalg.norm(row))
        return np.stack(rows)
