"""The processes that train one network together, one a GPU, as `accelerate launch` starts them.

    accelerate launch --multi_gpu --num_processes 2 .venv/bin/batuta train joint --stage 1

Each learns from batches of its own; the gradients of all make each step. One process alone needs
none of this, and computes as if it were not there.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Processes:
    """How many there are, and which of them this is."""

    count: int = 1
    number: int = 0
    device: str = "cpu"
    """Where this one computes."""

    @classmethod
    def join(cls, device: str = "") -> Processes:
        """Those that were started together with this one; the GPU, if there is one and no device
        is asked for.
        """
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        if int(os.environ.get("WORLD_SIZE", "1")) == 1:
            return cls(device=device)
        from accelerate import PartialState

        state = PartialState(cpu=device == "cpu")
        # Checkpoints cannot be loaded onto "cpu:0", as accelerate calls it.
        place = "cpu" if state.device.type == "cpu" else str(state.device)
        return cls(state.num_processes, state.process_index, place)

    @property
    def first(self) -> bool:
        """Whether this is the one that saves, shows and ships."""
        return self.number == 0

    def own(self, step: int) -> int:
        """The number of the batch that this one learns from in a step."""
        return step * self.count + self.number

    def agreed(self, value: float) -> float:
        """What the first one says."""
        if self.count == 1:
            return value
        from accelerate.utils import broadcast

        told = torch.tensor(value, dtype=torch.float32, device=self.device)
        return float(cast("Tensor", broadcast(told)))

    def mean(self, value: Tensor) -> Tensor:
        """The mean of what all have."""
        if self.count == 1:
            return value
        from accelerate.utils import reduce

        return cast("Tensor", reduce(value, "mean"))

    def join_gradients(self, network: nn.Module) -> None:
        """Give each weight the mean of its gradients, where any process has one."""
        if self.count == 1:
            return
        weights = [weight for weight in network.parameters() if weight.requires_grad]
        given = [weight.grad for weight in weights]
        there = torch.tensor([float(each is not None) for each in given], device=self.device)
        flat = [
            torch.zeros_like(weight).flatten() if each is None else each.flatten()
            for weight, each in zip(weights, given, strict=True)
        ]
        # All at once: a hundred small messages would take longer.
        shares, *means = self.mean(torch.cat([there, *flat])).split(
            [len(weights), *(weight.numel() for weight in weights)]
        )
        for weight, share, gradient in zip(weights, shares.tolist(), means, strict=True):
            weight.grad = gradient.view_as(weight) if share else None

    def part(self) -> None:
        """The end of what they do together."""
        if self.count > 1:
            from accelerate import PartialState

            PartialState().destroy_process_group()
