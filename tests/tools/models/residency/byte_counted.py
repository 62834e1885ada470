"""A device that counts bytes and refuses the one too many, and a loader of models onto it."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tools import Model
from tools.errors import CatalogueError, SourceError
from tools.models.residency.footprints import Footprints
from tools.models.residency.loader import LoadResult, MemoryEstimate
from tools.models.residency.model_events import ModelEvent, ModelLoading
from tools.models.residency.residency import Residency


class OverBudgetError(AssertionError):
    """More was put on a device than it has: the one thing that residency must never let happen."""


class Device:
    def __init__(self, capacity: float = math.inf) -> None:
        self.capacity = capacity
        self.used = 0
        self._lock = threading.Lock()

    def allocate(self, count: int) -> None:
        with self._lock:
            if self.used + count > self.capacity:
                raise OverBudgetError(f"{count} bytes on top of {self.used} of {self.capacity}")
            self.used += count

    def free(self, count: int) -> None:
        with self._lock:
            self.used -= count


class Block(Model):
    """A model that is nothing but its size."""

    def __init__(self, name: str, size: int, device: Device) -> None:
        device.allocate(size)
        self.name, self.size, self.device = name, size, device


@dataclass
class Weights:
    size: int
    estimate: int | None = None
    shared: bool = False
    damaged: bool = False
    load_s: float = 0.0


@dataclass
class Shelf:
    """A loader for models of given sizes. Loads wait while `gate` is closed."""

    weights: Mapping[str, Weights]
    devices: Mapping[str, Device]
    seconds: float = 0.0
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def clock(self) -> float:
        return self.seconds

    def estimate(self, model_id: str, device: str) -> MemoryEstimate:
        if model_id not in self.weights:
            raise CatalogueError(f"there is no model {model_id!r}")
        weights = self.weights[model_id]
        return MemoryEstimate(
            weights.size if weights.estimate is None else weights.estimate, "float32"
        )

    def load(self, model_id: str, device: str) -> LoadResult:
        assert self.gate.wait(10), "nobody opened the gate"
        weights = self.weights[model_id]
        if weights.damaged:
            raise SourceError(f"the weights of {model_id!r} are damaged")
        model = Block(model_id, weights.size, self.devices[device])
        self.seconds += weights.load_s
        return LoadResult(model, weights.size, shared=weights.shared)

    def unload(self, model: Model) -> None:
        assert isinstance(model, Block)
        model.device.free(model.size)
        model.unload()


@dataclass
class Log:
    """The events of a residency, in order."""

    events: list[ModelEvent] = field(default_factory=list[ModelEvent])

    def __call__(self, event: ModelEvent) -> None:
        self.events.append(event)

    @property
    def loads(self) -> list[str]:
        return [event.model for event in self.events if isinstance(event, ModelLoading)]


async def turns(count: int = 20) -> None:
    """Let every other task go as far as it can without a thread."""
    for _ in range(count):
        await asyncio.sleep(0)


@dataclass
class Stage:
    residency: Residency
    shelf: Shelf
    log: Log
    device: Device

    async def use(self, *models: str) -> None:
        for model in models:
            async with self.residency.lease(model):
                pass

    @property
    def resident(self) -> list[str]:
        return [found.model for found in self.residency.residents()]


@asynccontextmanager
async def stage(
    weights: dict[str, Weights] | None = None,
    *,
    budget: int = 100,
    capacity: int | None = None,
    footprints: Footprints | None = None,
    **sizes: int,
) -> AsyncGenerator[Stage]:
    """A residency on one device named "cpu", closed at the end and then empty."""
    device = Device(budget if capacity is None else capacity)
    weights = (weights or {}) | {name: Weights(size) for name, size in sizes.items()}
    shelf, log = Shelf(weights, {"cpu": device}), Log()
    residency = Residency(
        shelf, {"cpu": budget}, observe=log, footprints=footprints, clock=shelf.clock
    )
    async with asyncio.timeout(10):
        yield Stage(residency, shelf, log, device)
        await residency.close()
    assert device.used == 0
    assert residency.residents() == ()
    assert residency.free_bytes("cpu") == budget
