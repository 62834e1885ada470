"""Monocular depth estimation in transformers, such as Depth Anything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tools import Image
from tools.adapters.transformers.pretrained import Pretrained, open_pretrained
from tools.library.vision.depth import DepthFinder


class DepthEstimation(DepthFinder):
    """Depth estimator. Settings: `tells`, its output: "nearness" (default) or "distance"."""

    def __init__(self, loaded: Pretrained, output_kind: str) -> None:
        self.loaded = loaded
        self.output_kind = output_kind

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        opened = open_pretrained(
            "AutoModelForDepthEstimation", "AutoImageProcessor", files, settings, device
        )
        return cls(opened, settings.get("tells", "nearness"))

    def inverse_depth(self, image: Image) -> Image:
        import PIL.Image
        import torch

        loaded = self.loaded
        prepared = loaded.to_device(loaded.processor(images=image.opaque(), return_tensors="pt"))
        with torch.inference_mode():
            outputs = loaded.network(**prepared)
        (result,) = loaded.processor.post_process_depth_estimation(
            outputs, target_sizes=[(image.height, image.width)]
        )
        near = result["predicted_depth"].float().cpu()
        if self.output_kind == "distance":
            near = -near
        near = (near - near.min()) / (near.max() - near.min()).clamp(min=1e-6)
        return Image(PIL.Image.fromarray((near * 255).round().byte().numpy()))
