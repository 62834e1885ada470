"""How much a language model attended to each id of what it read, while it understood and answered.

This module needs torch: import it inside the function that does.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

EIGHTH, HALF = 8, 2
"""From which part of its depth on, and as far as which, a language model looks for what it is asked
about. So it was in dialogues of the training split: there layers 4 to 16 of 30 told in 0.65 of
cases which thing a question was about, all layers in 0.56, chance in 0.39."""


class Gaze:
    """The attention of the last request and its answer, beyond what each id gets anyway.

    Language models rest their attention on the first ids, and on others that say little, when
    nothing calls for it (https://arxiv.org/abs/2309.17453). So each head's attention to an id
    counts from what all ids after it pay on average.
    """

    def __init__(self, length: int, asked: int) -> None:
        self._asked = asked
        """Where the last request begins."""
        self._anyway: dict[nn.Module, Tensor] = {}
        """(heads, ids) of each layer."""
        self._beyond = torch.zeros(length)

    def take(self, layer: nn.Module, _given: Any, gave: Any) -> None:
        """What a layer of attention gave: its weights (1, heads, asking, asked) come second."""
        weights: Tensor = gave[1][0].float()
        if layer not in self._anyway:
            later = torch.ones_like(weights[0]).tril(-1)
            self._anyway[layer] = (weights * later).sum(dim=1) / later.sum(dim=0).clamp(min=1)
            weights = weights[:, self._asked :]
        paid = weights[:, :, : len(self._beyond)] - self._anyway[layer][:, None]
        self._beyond += paid.clamp(min=0).sum(dim=(0, 1)).cpu()

    def shares(self) -> list[float]:
        """Of each id that was read; they add up to 1."""
        return (self._beyond / self._beyond.sum().clamp(min=1e-9)).tolist()


@contextmanager
def watched(language_model: nn.Module, length: int, asked: int) -> Generator[Gaze]:
    """Watch a language model, opened with eager attention, that reads as many ids and answers."""
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
