"""The events of models in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tools.sdk.event import Event

EvictionReason = Literal["room", "relief", "close"]


@dataclass(frozen=True)
class ModelLoading(Event):
    model: str
    device: str
    bytes: int
    """The expected size."""


@dataclass(frozen=True)
class ModelLoaded(Event):
    model: str
    device: str
    bytes: int
    seconds: float


@dataclass(frozen=True)
class ModelEvicted(Event):
    model: str
    device: str
    bytes: int
    reason: EvictionReason


@dataclass(frozen=True)
class ModelLoadFailed(Event):
    model: str
    device: str
    error: str


ModelEvent = ModelLoading | ModelLoaded | ModelEvicted | ModelLoadFailed
