"""Optimizers of transformers: Muon for matrices within layers, AdamW for the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from train.loop.recipe import Recipe


def muon_and_adamw(
    recipe: Recipe[Any], inner: Callable[[str], bool], excluded: Iterable[nn.Parameter] = ()
) -> Sequence[torch.optim.Optimizer]:
    """Create Muon for the inner matrices and AdamW for other weights.

    Muon learns about twice as fast. `inner` says by its name whether a weight is within the
    layers; `excluded` weights have an optimizer of their own.
    """
    excluded_ids = {id(weight) for weight in excluded}
    matrices, others = list[nn.Parameter](), list[nn.Parameter]()
    for name, weight in recipe.network.named_parameters():
        if weight.requires_grad and id(weight) not in excluded_ids:
            (matrices if weight.ndim == 2 and inner(name) else others).append(weight)
    muon = torch.optim.Muon(
        matrices,
        lr=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        adjust_lr_fn="match_rms_adamw",
    )
    return [muon, recipe.adamw(others)]
