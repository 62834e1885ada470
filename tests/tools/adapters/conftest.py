from collections.abc import Callable
from threading import Event
from typing import Any

import numpy as np
import PIL.Image
import pytest

from tools import Audio, Image
from tools.errors import Cancelled
from tools.sdk.call_context import CallContext, Progress, call_scope


@pytest.fixture(scope="session")
def noise() -> Image:
    """A picture of 96×64 random pixels."""
    pixels = np.random.default_rng(0).integers(0, 256, (64, 96, 3), np.uint8)
    return Image(PIL.Image.fromarray(pixels))


@pytest.fixture(scope="session")
def hiss() -> Audio:
    """Two seconds of noise."""
    samples = np.random.default_rng(0).normal(0, 0.1, 32_000)
    return Audio(samples.astype(np.float32), 16_000)


@pytest.fixture(scope="module", autouse=True)
def seeded_module() -> None:
    """Random checkpoints do not depend on which tests ran before."""
    import torch

    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def seeded() -> None:
    import torch

    torch.manual_seed(0)


@pytest.fixture
def is_stopped() -> Callable[[Callable[[], Any]], bool]:
    """Whether a call ends when Stop was pressed, before it has told of any progress beyond 0."""

    def stopped(call: Callable[[], Any]) -> bool:
        told: list[Progress] = []
        stop = Event()
        stop.set()
        with call_scope(CallContext(report=told.append, stop=stop)), pytest.raises(Cancelled):
            call()
        return all(progress.fraction == 0 for progress in told)

    return stopped
