from collections.abc import Iterator
from typing import Any

import pytest
import torch

from train.loop.recipe import Recipe


@pytest.fixture(scope="module")
def one_thread() -> Iterator[None]:
    """So small matrices are multiplied faster by one, above all on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def losses_on_one_batch(recipe: Recipe[Any], steps: int) -> list[float]:
    """The loss before each of so many steps that all learn from the same batch."""
    batch = recipe.batch(1_000)
    optimizers = recipe.optimizers()
    recipe.network.train()
    losses: list[float] = []
    for _ in range(steps):
        torch.manual_seed(0)
        loss = recipe.loss(batch)
        losses.append(float(loss.detach()))
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
    return losses
