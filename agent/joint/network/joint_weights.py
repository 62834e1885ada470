"""Read the weights of a joint model, also those with the names of earlier versions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from torch import Tensor

W = TypeVar("W")

_EARLIER_NAMES: Mapping[str, str] = {
    r"^decide\.": "medium_head.",
    r"^seek\.there\.": "retrieval_head.query_head.",
    r"^seek\.rather\.": "retrieval_head.choice_head.",
    r"^seek\.": "retrieval_head.",
    r"\.connect\.": ".projector.",
    r"\.questions$": ".queries",
    r"\.gatherers$": ".latents",
    r"\.take\.": ".input_projection.",
    r"\.give\.": ".output_projection.",
    r"\.there\.": ".presence_head.",
    r"\.before\.": ".latent_norm.",
    r"\.around\.": ".feature_norm.",
    r"\.alone\.": ".feed_forward.",
    r"\.turn\.": ".projection.",
    r"\.usual$": ".bias",
}


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read the trained weights of a joint model in float32."""
    from safetensors.torch import load_file

    weights = {name: weight.float() for name, weight in load_file(path).items()}
    return current_weight_names(weights)


def current_weight_names(weights: Mapping[str, W]) -> dict[str, W]:
    """Return weights under the names of this version."""
    return {_current_name(name): weight for name, weight in weights.items()}


def _current_name(name: str) -> str:
    for pattern, replacement in _EARLIER_NAMES.items():
        name = re.sub(pattern, replacement, name)
    return name
