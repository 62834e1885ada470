"""Record the attention of a language model to each token it reads.

This module needs torch: import it inside the function that does.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

EIGHTH, HALF = 8, 2
"""The layers that are recorded: from one eighth to one half of the depth. On the training split,
layers 4 to 16 of 30 identified the object of a question in 0.65 of cases, all layers in 0.56,
chance in 0.39."""


class Gaze:
    """Sum the attention of request and answer above a baseline.

    The first tokens, and others that carry little, are attention sinks
    (https://arxiv.org/abs/2309.17453). So the baseline of a token is, for each head, the mean
    attention that all later tokens pay to it.
    """

    def __init__(self, length: int, asked: int) -> None:
        self._asked = asked
        """The index at which the last request begins."""
        self._anyway: dict[nn.Module, Tensor] = {}
        """The baseline of each layer: (heads, ids)."""
        self._beyond = torch.zeros(length)

    def take(self, layer: nn.Module, _given: Any, gave: Any) -> None:
        """Add a layer's attention weights (1, heads, queries, keys), its second output."""
        weights: Tensor = gave[1][0].float()
        if layer not in self._anyway:
            later = torch.ones_like(weights[0]).tril(-1)
            self._anyway[layer] = (weights * later).sum(dim=1) / later.sum(dim=0).clamp(min=1)
            weights = weights[:, self._asked :]
        paid = weights[:, :, : len(self._beyond)] - self._anyway[layer][:, None]
        self._beyond += paid.clamp(min=0).sum(dim=(0, 1)).cpu()

    def shares(self) -> list[float]:
        """Return each token's share of the attention; they sum to 1."""
        return (self._beyond / self._beyond.sum().clamp(min=1e-9)).tolist()


@contextmanager
def watched(language_model: nn.Module, length: int, asked: int) -> Generator[Gaze]:
    """Record the attention of a model with eager attention while it answers.

    `length` is the number of tokens it reads.
    """
    gaze = Gaze(length, asked)
    layers = [
        each for each in language_model.modules() if type(each).__name__.endswith("Attention")
    ]
    first = len(layers) // EIGHTH
    looking = layers[first : max(len(layers) // HALF, first + 1)]
    hooks = [layer.register_forward_hook(gaze.take) for layer in looking]
    try:
        yield gaze
    finally:
        for hook in hooks:
            hook.remove()
