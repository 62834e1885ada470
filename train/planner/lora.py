"""Low-rank adapters (LoRA) for the linear layers of a frozen network.

The parameters are float32 and the products bfloat16, as the base is: casts of activations, as peft
makes them, would cost as much as the products.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
"""The linear layers of each decoder layer, by their names in transformers."""


class Lora(nn.Module):
    """The trained difference to one linear layer: `scale · b · a`, at first zero."""

    def __init__(self, inputs: int, outputs: int, rank: int, scale: float) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.empty(rank, inputs))
        self.b = nn.Parameter(torch.zeros(outputs, rank))
        self.scale = scale
        nn.init.kaiming_uniform_(self.a, a=5**0.5)

    def forward(self, inputs: Tensor, linear: nn.Linear) -> Tensor:
        """The layer's output with the difference added. `inputs` is a matrix with a row a token."""
        output = functional.linear(inputs, linear.weight, linear.bias)
        a, b = self.a.to(inputs.dtype), (self.scale * self.b).to(inputs.dtype)
        return torch.addmm(output, inputs @ a.T, b.T)


class Adapters(nn.ModuleDict):
    """A `Lora` for each projection of each decoder layer; all that is trained and saved."""

    def __init__(self, layers: nn.ModuleList, rank: int, scale: float) -> None:
        super().__init__()
        self.rank = rank
        self.scale = scale
        for index, layer in enumerate(layers):
            for name in PROJECTIONS:
                linear = projection(layer, name)
                self[f"{index}-{name}"] = Lora(linear.in_features, linear.out_features, rank, scale)

    def apply_to(self, index: int, name: str, layer: nn.Module, inputs: Tensor) -> Tensor:
        """The output of one projection of decoder layer `index`, with its adapter."""
        return self[f"{index}-{name}"](inputs, projection(layer, name))


def projection(layer: nn.Module, name: str) -> nn.Linear:
    """The linear layer of that name in a decoder layer of transformers."""
    linear = getattr(_part(layer, name), name)
    assert isinstance(linear, nn.Linear)
    return linear


def set_projection(layer: nn.Module, name: str, module: nn.Module) -> None:
    """Put another module in the place of that linear layer."""
    setattr(_part(layer, name), name, module)


def _part(layer: nn.Module, name: str) -> nn.Module:
    return layer.get_submodule("self_attn" if name in PROJECTIONS[:4] else "mlp")
