"""Read the configuration and weights of transformers checkpoints, and prepare pixels."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tools import Image

if TYPE_CHECKING:
    from torch import Tensor, nn
    from transformers import PreTrainedConfig


def read_config(path: Path) -> PreTrainedConfig:
    """Read a config.json, whatever the name of its file."""
    from transformers import AutoConfig

    config = json.loads(path.read_text(encoding="utf-8"))
    return AutoConfig.for_model(config.pop("model_type"), **config)


def read_weights(network: nn.Module, path: Path) -> None:
    """Load a safetensors file into the network, including tied weights."""
    from safetensors.torch import load_model

    load_model(network, path)


def image_tensor(
    image: Image,
    size: int,
    mean: Sequence[float] = (0, 0, 0),
    deviation: Sequence[float] = (1, 1, 1),
) -> Tensor:
    """Resize the image to a normalised square: (1, 3, size, size)."""
    import numpy as np
    import PIL.Image
    import torch

    scaled = image.opaque().resize((size, size), PIL.Image.Resampling.BILINEAR)
    colours = np.asarray(scaled, np.float32) / 255
    normalised = (colours - np.array(mean, np.float32)) / np.array(deviation, np.float32)
    return torch.from_numpy(normalised.transpose(2, 0, 1))[None]
