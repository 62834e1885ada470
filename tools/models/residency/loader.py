"""The loader protocol of residency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from tools.sdk.model import Model


@dataclass(frozen=True)
class MemoryEstimate:
    """The estimated memory of a model on a device, from its weight files."""

    bytes: int
    dtype: str


@dataclass(frozen=True)
class LoadResult:
    """A loaded model and the memory it took on its device."""

    model: Model
    bytes: int
    shared: bool = False
    """Whether several calls may use it at once; most pipelines are stateful between steps."""


class Loader(Protocol):
    """Loads models onto devices and unloads them.

    `load` and `unload` run in the device's own thread, one after another, so that the memory of
    each load can be measured. `load` reads weights that are already local: fetching them would
    block every other load.
    """

    def estimate(self, model_id: str, device: str) -> MemoryEstimate: ...

    def load(self, model_id: str, device: str) -> LoadResult: ...

    def unload(self, model: Model) -> None: ...


@dataclass(frozen=True)
class Resident:
    """A model in memory, loaded or loading."""

    model: str
    device: str
    bytes: int
    leases: int
    loading: bool
    load_s: float
