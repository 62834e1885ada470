"""Convert scenes to tensors, and write checkpoints as the two files that ship."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel

from tools.adapters import checkpoint_files

if TYPE_CHECKING:
    from transformers import PreTrainedModel

CONFIG = "config.json"
WEIGHTS = "model.safetensors"


def to_tensor(pixels: NDArray[np.uint8], device: torch.device) -> Tensor:
    """Convert channels-last bytes to channels-first floats from 0 to 1."""
    return torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float() / 255


def augment_images(pixels: Tensor) -> Tensor:
    """Augment images with blur, noise and brightness, each on half of them.

    Uploaded images have been resized and compressed; generated ones are soft.
    """
    count = len(pixels)

    def amounts(maximum: float) -> Tensor:
        mask = torch.rand(count, 1, 1, 1, device=pixels.device) < 0.5
        return mask * maximum * torch.rand(count, 1, 1, 1, device=pixels.device)

    blurred = functional.avg_pool2d(pixels, 3, stride=1, padding=1, count_include_pad=False)
    pixels = pixels.lerp(blurred, amounts(0.8))
    pixels = (pixels - 0.5) * (1 - amounts(0.15)) + 0.5 + amounts(0.05) - amounts(0.05)
    return (pixels + amounts(0.06) * torch.randn_like(pixels)).clamp(0, 1)


def plain_attention() -> AbstractContextManager[None]:
    """Compute attention without the fused kernel while the context is open.

    For short sequences on a CPU the fused kernel's backward pass takes ten times as long.
    """
    return sdpa_kernel(SDPBackend.MATH)


def write_weights(model: PreTrainedModel, folder: Path) -> None:
    """Write config.json and model.safetensors in half precision."""
    folder.mkdir(parents=True, exist_ok=True)
    model.config.to_json_file(folder / CONFIG)
    write_state(model, folder / WEIGHTS)


def write_state(model: nn.Module, path: Path) -> None:
    """Write the weights in half precision, shared ones only once."""
    from safetensors.torch import save_file

    state: dict[str, Tensor] = {}
    storage_pointers: set[int] = set()
    for name, value in model.state_dict().items():
        if value.data_ptr() not in storage_pointers:
            storage_pointers.add(value.data_ptr())
            state[name] = (value.half() if value.is_floating_point() else value).contiguous().cpu()
    save_file(state, path, metadata={"format": "pt"})


def read_weights(model: nn.Module, folder: Path) -> None:
    """Load weights that `write_state` wrote into a model of the same shape."""
    checkpoint_files.read_weights(model, folder / WEIGHTS)
