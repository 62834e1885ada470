"""What residency keeps about models in memory and about the calls that use or want them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from tools.models.residency.loader import MemoryEstimate
from tools.sdk.model import Model


@dataclass(frozen=True)
class ModelPlacement:
    """A model, its device, and the estimate of the memory it takes there."""

    model_id: str
    device: str
    estimate: MemoryEstimate

    @property
    def key(self) -> tuple[str, str]:
        return self.model_id, self.device


@dataclass(eq=False)
class Slot:
    """The memory of one model on a device, from its reservation on."""

    placement: ModelPlacement
    bytes: int
    last_used: int
    model: Model | None = None
    """None while it loads."""
    shared: bool = False
    load_s: float = 0.0
    leases: set[Lease] = field(default_factory=set["Lease"])

    @property
    def idle(self) -> bool:
        return self.model is not None and not self.leases

    @property
    def available(self) -> bool:
        """Whether another call may use the model now."""
        return self.idle or self.shared


@dataclass(eq=False)
class Lease:
    """One call's use of the model in a slot."""

    slot: Slot
    model: Model
    holder: asyncio.Task[object] | None


@dataclass(eq=False)
class LeaseRequest:
    """A call that waits for a lease."""

    placement: ModelPlacement
    lease_future: asyncio.Future[Lease]
    task: asyncio.Task[object] | None
    outer_leases: frozenset[Lease]
    """Leases held by the same task, which cannot end before this request is served."""
    overtake_count: int = 0
