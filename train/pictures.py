"""Scenes as tensors, and checkpoints of transformers models as the two files that ship."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

if TYPE_CHECKING:
    from transformers import PreTrainedModel

CONFIG = "config.json"
WEIGHTS = "model.safetensors"


def to_tensor(pixels: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Pictures (B, H, W, 3) as (B, 3, H, W), from 0 to 1, in the order that convolutions like."""
    return torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float() / 255


def weather(pixels: Tensor) -> Tensor:
    """The pictures a little blurred, noisy, darker or brighter, half of them not at all.

    What people send has been resized and compressed; what a generator draws is soft.
    """
    count = len(pixels)

    def amounts(most: float) -> Tensor:
        touched = torch.rand(count, 1, 1, 1, device=pixels.device) < 0.5
        return touched * most * torch.rand(count, 1, 1, 1, device=pixels.device)

    soft = functional.avg_pool2d(pixels, 3, stride=1, padding=1, count_include_pad=False)
    pixels = pixels.lerp(soft, amounts(0.8))
    pixels = (pixels - 0.5) * (1 - amounts(0.15)) + 0.5 + amounts(0.05) - amounts(0.05)
    return (pixels + amounts(0.06) * torch.randn_like(pixels)).clamp(0, 1)


def write_weights(model: PreTrainedModel, folder: Path) -> None:
    """config.json and model.safetensors in half precision."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    model.config.to_json_file(folder / CONFIG)
    # The last layers of a DETR share their weights with others under a second name.
    state: dict[str, Tensor] = {}
    seen: set[int] = set()
    for name, value in model.state_dict().items():
        if value.data_ptr() not in seen or not value.numel():
            seen.add(value.data_ptr())
            whole = value.contiguous().cpu()
            state[name] = whole.half() if whole.is_floating_point() else whole.clone()
    save_file(state, folder / WEIGHTS, metadata={"format": "pt"})


def read_weights(model: PreTrainedModel, folder: Path) -> None:
    """The weights that `write_weights` wrote, into a model of the same shape."""
    from safetensors.torch import load_file

    told: Any = model.load_state_dict(load_file(folder / WEIGHTS), strict=False)
    tied = set(told.missing_keys) - set(model.all_tied_weights_keys)
    if tied or told.unexpected_keys:
        raise ValueError(f"{folder / WEIGHTS} holds another model: {sorted(tied)[:3]} are missing")
