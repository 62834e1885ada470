"""Low-rank adapters (LoRA) for the linear layers of a frozen network.

The parameters are float32 and the products bfloat16, as in the base: peft casts the activations,
which would cost as much as the products.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""The linear layers of each decoder layer, by their names in transformers."""


class Lora(nn.Module):
    """The low-rank update of a linear layer, `scale · b · a`, initially zero."""

    def __init__(self, inputs: int, outputs: int, rank: int, scale: float) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.empty(rank, inputs))
        self.b = nn.Parameter(torch.zeros(outputs, rank))
        self.scale = scale
        nn.init.kaiming_uniform_(self.a, a=5**0.5)

    def forward(self, inputs: Tensor, linear: nn.Linear) -> Tensor:
        """Return the layer's output plus the update, one row per token."""
        output = functional.linear(inputs, linear.weight, linear.bias)
        a, b = self.a.to(inputs.dtype), (self.scale * self.b).to(inputs.dtype)
        return torch.addmm(output, inputs @ a.T, b.T)


class Adapters(nn.ModuleDict):
    """A `Lora` for each projection of each decoder layer."""

    def __init__(self, layers: nn.ModuleList, rank: int, scale: float) -> None:
        super().__init__()
        self.rank = rank
        self.scale = scale
        for index, layer in enumerate(layers):
            for name in PROJECTIONS:
                linear = projection(layer, name)
                self[f"{index}-{name}"] = Lora(linear.in_features, linear.out_features, rank, scale)

    def apply_to(self, index: int, name: str, layer: nn.Module, inputs: Tensor) -> Tensor:
        """Compute one projection of decoder layer `index` with its adapter."""
        return self[f"{index}-{name}"](inputs, projection(layer, name))


def projection(layer: nn.Module, name: str) -> nn.Linear:
    """Return the linear layer of that name in a decoder layer."""
    linear = getattr(_part(layer, name), name)
    assert isinstance(linear, nn.Linear)
    return linear


def set_projection(layer: nn.Module, name: str, module: nn.Module) -> None:
    """Replace that linear layer by another module."""
    setattr(_part(layer, name), name, module)


def _part(layer: nn.Module, name: str) -> nn.Module:
    return layer.get_submodule("self_attn" if name in PROJECTIONS[:4] else "mlp")
