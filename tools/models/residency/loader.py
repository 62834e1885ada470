"""What residency asks of whoever loads models, and what it tells whoever watches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from tools.sdk.model import Model


@dataclass(frozen=True)
class Estimate:
    """A first guess, from the weight files, of what a model will take on a device."""

    bytes: int
    dtype: str


@dataclass(frozen=True)
class Loaded:
    """A model on its device, and what it took there."""

    model: Model
    bytes: int
    shared: bool = False
    """Whether several calls may use it at once; most pipelines keep state between steps."""


class Loader(Protocol):
    """Brings models onto devices and takes them off.

    `load` and `unload` are called in the device's own thread, one after another, so that what each
    one takes can be measured. `load` reads weights that are already here: fetching them would keep
    every other load waiting.
    """

    def estimate(self, model_id: str, device: str) -> Estimate: ...

    def load(self, model_id: str, device: str) -> Loaded: ...

    def unload(self, model: Model) -> None: ...


@dataclass(frozen=True)
class ModelLoading:
    model: str
    device: str
    bytes_expected: int


@dataclass(frozen=True)
class ModelLoaded:
    model: str
    device: str
    bytes: int
    seconds: float


@dataclass(frozen=True)
class ModelEvicted:
    model: str
    device: str
    bytes: int
    reason: Literal["room", "relief", "close"]


@dataclass(frozen=True)
class ModelLoadFailed:
    model: str
    device: str
    error: str


ResidencyEvent = ModelLoading | ModelLoaded | ModelEvicted | ModelLoadFailed


@dataclass(frozen=True)
class Resident:
    """A model that has a place in memory, loaded or just being loaded."""

    model: str
    device: str
    bytes: int
    leases: int
    loading: bool
    load_s: float
