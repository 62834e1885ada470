"""Data-parallel training: one process per GPU, started by `accelerate launch`.

    accelerate launch --multi_gpu --num_processes 2 .venv/bin/batuta train joint --stage 1

Each process has its own batches, and each step uses the mean gradient of all. A single process
computes as if this module did not exist.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Processes:
    """The number of processes, and the rank of this one."""

    count: int = 1
    number: int = 0
    device: str = "cpu"
    """The device of this process."""

    @classmethod
    def join(cls, device: str = "") -> Processes:
        """Join the processes that were started together with this one.

        The default device is the GPU, if there is one.
        """
        device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        if int(os.environ.get("WORLD_SIZE", "1")) == 1:
            return cls(device=device)
        from accelerate import PartialState

        state = PartialState(cpu=device == "cpu")
        # Checkpoints cannot be loaded onto "cpu:0", as accelerate calls it.
        device_name = "cpu" if state.device.type == "cpu" else str(state.device)
        return cls(state.num_processes, state.process_index, device_name)

    @property
    def first(self) -> bool:
        """Whether this process saves, displays and ships."""
        return self.number == 0

    def batch_number(self, step: int) -> int:
        """Return the number of this process's batch in a step."""
        return step * self.count + self.number

    def broadcast(self, value: float) -> float:
        """Return the value of the first process."""
        if self.count == 1:
            return value
        from accelerate.utils import broadcast

        tensor = torch.tensor(value, dtype=torch.float32, device=self.device)
        return float(cast("Tensor", broadcast(tensor)))

    def mean(self, value: Tensor) -> Tensor:
        """Average a value over all processes."""
        if self.count == 1:
            return value
        from accelerate.utils import reduce

        return cast("Tensor", reduce(value, "mean"))

    def average_gradients(self, network: nn.Module) -> None:
        """Average each weight's gradient over all processes."""
        if self.count == 1:
            return
        weights = [weight for weight in network.parameters() if weight.requires_grad]
        gradients = [weight.grad for weight in weights]
        has_gradient = torch.tensor(
            [float(value is not None) for value in gradients], device=self.device
        )
        flat = [
            torch.zeros_like(weight).flatten() if each is None else each.flatten()
            for weight, each in zip(weights, gradients, strict=True)
        ]
        # In one message: a hundred small ones would take longer.
        shares, *means = self.mean(torch.cat([has_gradient, *flat])).split(
            [len(weights), *(weight.numel() for weight in weights)]
        )
        for weight, share, gradient in zip(weights, shares.tolist(), means, strict=True):
            weight.grad = gradient.view_as(weight) if share else None

    def close(self) -> None:
        """Leave the process group."""
        if self.count > 1:
            from accelerate import PartialState

            PartialState().destroy_process_group()
