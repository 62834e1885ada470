"""Device memory: load, measure and evict models within a budget of bytes per device.

Decisions are made in one event loop; each device has one thread that executes them in that
order. So memory is only reserved after its eviction was queued, and the memory that a load takes
can be measured.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

from tools.errors import CatalogueError, OutOfMemory
from tools.models.residency.eviction import choose_victims
from tools.models.residency.footprints import Footprint, Footprints
from tools.models.residency.loader import (
    Estimate,
    Loader,
    LoadResult,
    ModelEvicted,
    ModelLoaded,
    ModelLoadFailed,
    ModelLoading,
    ResidencyEvent,
)
from tools.sdk.model import Model


@dataclass(frozen=True)
class ModelPlacement:
    """A model, its device, and the estimate of the memory it takes there."""

    model_id: str
    device: str
    estimate: Estimate


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


class DeviceMemory:
    """The slots of all devices; the slots of a device never exceed its budget."""

    def __init__(
        self,
        loader: Loader,
        budgets: Mapping[str, int],
        *,
        observe: Callable[[ResidencyEvent], None],
        footprints: Footprints,
        clock: Callable[[], float],
        next_use: Callable[[str], float],
        is_requested: Callable[[ModelPlacement], bool],
        on_loaded: Callable[[Slot], None],
        on_failed: Callable[[ModelPlacement, BaseException], None],
    ) -> None:
        """Create empty memory; each load ends in one call of `on_loaded` or `on_failed`.

        `next_use` says how soon the plans need a model, `is_requested` whether a call waits for it.
        """
        self._loader = loader
        self._budgets = dict(budgets)
        self._observe = observe
        self._footprints = footprints
        self._clock = clock
        self._next_use = next_use
        self._is_requested = is_requested
        self._on_loaded = on_loaded
        self._on_failed = on_failed
        self._slots: dict[tuple[str, str], Slot] = {}
        self._use_count = 0
        self._threads = {
            device: ThreadPoolExecutor(1, f"models on {device}") for device in self._budgets
        }

    def budget(self, device: str) -> int:
        if device not in self._budgets:
            raise CatalogueError(
                f"{device!r} has no budget; there is one for {', '.join(self._budgets)}",
                hint="name one of these, or give the device a budget in the profile",
            )
        return self._budgets[device]

    def free_bytes(self, device: str) -> int:
        return self.budget(device) - sum(slot.bytes for slot in self.slots(device))

    def slots(self, device: str | None = None) -> list[Slot]:
        return [slot for slot in self._slots.values() if device in (None, slot.placement.device)]

    def idle_slots(self, device: str) -> list[Slot]:
        return [slot for slot in self.slots(device) if slot.idle]

    def unneeded_slots(self, device: str) -> list[Slot]:
        """Return the idle slots that no plan needs."""
        return [
            slot
            for slot in self.idle_slots(device)
            if self._next_use(slot.placement.model_id) == math.inf
        ]

    def slot(self, placement: ModelPlacement) -> Slot | None:
        return self._slots.get((placement.model_id, placement.device))

    def choose_placement(self, model_id: str, device: str | None) -> ModelPlacement:
        """Choose the device: the given one, else one with the model loaded, else the first.

        Devices with too small a budget are skipped; OutOfMemory if none remains.
        """
        devices = list(self._budgets) if device is None else [device]
        devices.sort(key=lambda name: (model_id, name) not in self._slots)
        too_large: list[str] = []
        for name in devices:
            budget = self.budget(name)
            placement = ModelPlacement(model_id, name, self._loader.estimate(model_id, name))
            expected = self.expected_bytes(placement)
            if expected <= budget:
                return placement
            too_large.append(f"it needs {expected:,} bytes on {name!r}, whose budget is {budget:,}")
        raise OutOfMemory(
            f"{model_id!r} can never fit: {'; '.join(too_large)}",
            hint="raise the budget in the profile, or choose a smaller model or dtype",
        )

    def expected_bytes(self, placement: ModelPlacement) -> int:
        footprint = self._footprints.recall(
            placement.model_id, placement.estimate.dtype, placement.device
        )
        return footprint.bytes if footprint else placement.estimate.bytes

    def lease(self, slot: Slot, holder: asyncio.Task[object] | None) -> Lease:
        assert slot.model, "only what is loaded is leased"
        self._use_count += 1
        slot.last_used = self._use_count
        lease = Lease(slot, slot.model, holder)
        slot.leases.add(lease)
        return lease

    def start_load(self, placement: ModelPlacement, *, evictable: list[Slot]) -> bool:
        """Reserve memory and start to load; False, without evicting, if there is too little."""
        expected = self.expected_bytes(placement)
        if not self._make_room(expected - self.free_bytes(placement.device), evictable):
            return False
        slot = Slot(placement, expected, last_used=self._use_count)
        self._slots[placement.model_id, placement.device] = slot
        self._observe(ModelLoading(placement.model_id, placement.device, expected))
        load = asyncio.get_running_loop().run_in_executor(
            self._threads[placement.device], self._timed_load, placement
        )
        load.add_done_callback(partial(self._after_load, slot))
        return True

    def evict(self, slot: Slot, reason: Literal["room", "relief", "close"]) -> asyncio.Future[None]:
        """Evict an idle slot; the future is done when its model is unloaded."""
        assert slot.model, "only what is loaded is evicted"
        placement = slot.placement
        del self._slots[placement.model_id, placement.device]
        self._observe(ModelEvicted(placement.model_id, placement.device, slot.bytes, reason))
        return self._unload(placement.device, slot.model)

    def shutdown(self) -> None:
        """Wait until all queued loads and unloads are done, and end the threads."""
        for thread in self._threads.values():
            thread.shutdown()

    def _make_room(self, shortage: int, evictable: list[Slot]) -> bool:
        victims = choose_victims(
            evictable,
            shortage,
            now=self._use_count + 1,
            next_use=lambda slot: self._next_use(slot.placement.model_id),
        )
        for slot in victims or ():
            self.evict(slot, "room")
        return victims is not None

    def _timed_load(self, placement: ModelPlacement) -> tuple[LoadResult, float]:
        started = self._clock()
        loaded = self._loader.load(placement.model_id, placement.device)
        return loaded, self._clock() - started

    def _after_load(self, slot: Slot, load: asyncio.Future[tuple[LoadResult, float]]) -> None:
        if error := load.exception():
            self._fail_load(slot, error)
        else:
            self._record_load(slot, *load.result())

    def _record_load(self, slot: Slot, loaded: LoadResult, seconds: float) -> None:
        """Record the measured size; evict others, or the model itself, if it exceeds the budget."""
        placement, expected = slot.placement, slot.bytes
        slot.bytes, slot.load_s = loaded.bytes, seconds
        self._footprints.remember(
            Footprint(
                model=placement.model_id,
                dtype=placement.estimate.dtype,
                device=placement.device,
                bytes=loaded.bytes,
                load_s=seconds,
            )
        )
        requested = self._is_requested(placement)
        evictable = (
            self.idle_slots(placement.device)
            if requested
            else self.unneeded_slots(placement.device)
        )
        if self._make_room(-self.free_bytes(placement.device), evictable):
            slot.model, slot.shared = loaded.model, loaded.shared
            self._observe(ModelLoaded(placement.model_id, placement.device, loaded.bytes, seconds))
            self._on_loaded(slot)
            return
        self._unload(placement.device, loaded.model)
        self._fail_load(
            slot,
            OutOfMemory(
                f"{placement.model_id!r} took {loaded.bytes:,} bytes on {placement.device!r} "
                f"instead of the {expected:,} expected, more than the budget of "
                f"{self.budget(placement.device):,} leaves beside the models in use",
                hint="try again when fewer models are in use, or raise the budget in the profile",
            ),
        )

    def _fail_load(self, slot: Slot, error: BaseException) -> None:
        placement = slot.placement
        del self._slots[placement.model_id, placement.device]
        self._observe(ModelLoadFailed(placement.model_id, placement.device, str(error)))
        self._on_failed(placement, error)

    def _unload(self, device: str, model: Model) -> asyncio.Future[None]:
        return asyncio.get_running_loop().run_in_executor(
            self._threads[device], self._loader.unload, model
        )
