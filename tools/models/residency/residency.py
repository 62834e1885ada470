"""Model residency: lease models, load them on first use, stay within a budget per device.

>>> residency = Residency(loader, {"cuda:0": 24 * 2**30, "cpu": 8 * 2**30})
>>> async with residency.lease("detect/yolox-nano") as model:
...     boxes = model.detect(image)

One residency belongs to one event loop, in which it decides; each device has one thread that
executes the decisions in that order. So memory is only reserved after its eviction was queued.
Budgets bound the measured size of loaded models: the memory that a call uses while it runs is
additional, so leave room for it. Devices are names with budgets. A model too large for a GPU has
a load variant that offloads parts of it to CPU memory (tools/models/load_variant.py): then only
the part on the GPU at one time is counted.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import partial

from tools.errors import BatutaError, Cancelled, CatalogueError, OutOfMemory
from tools.models.residency.device_threads import DeviceThreads
from tools.models.residency.eviction import UpcomingUses, choose_victims
from tools.models.residency.footprints import Footprint, Footprints
from tools.models.residency.loader import Loader, LoadResult, Resident
from tools.models.residency.model_events import (
    EvictionReason,
    ModelEvent,
    ModelEvicted,
    ModelLoaded,
    ModelLoadFailed,
    ModelLoading,
)
from tools.models.residency.slots import Lease, LeaseRequest, ModelPlacement, Slot
from tools.sdk.model import Model

MAX_OVERTAKES = 8
"""How many later requests may be served before one that waits for memory: serving those whose
model is already loaded saves swaps, and the limit prevents starvation."""


def _ignore(event: ModelEvent) -> None:
    pass


class Residency:
    """The models in memory. Budgets are never exceeded, and leased models are never evicted."""

    def __init__(
        self,
        loader: Loader,
        budgets: Mapping[str, int],
        *,
        observe: Callable[[ModelEvent], None] = _ignore,
        footprints: Footprints | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Create an empty residency; `budgets` are bytes by device, the preferred device first."""
        self._loader = loader
        self._budgets = dict(budgets)
        self._observe = observe
        self._footprints = footprints or Footprints()
        self._threads = DeviceThreads(loader, self._budgets, clock)
        self._upcoming_uses = UpcomingUses()
        self._slots: dict[tuple[str, str], Slot] = {}
        self._use_count = 0
        self._waiting: list[LeaseRequest] = []
        self._closing: asyncio.Future[None] | None = None
        """Set once `close` is called, done when nothing is left in memory."""

    @asynccontextmanager
    async def lease(self, model_id: str, *, device: str | None = None) -> AsyncGenerator[Model]:
        """Lease a loaded model, exclusively unless its loader allows sharing.

        Waits while other leases block it. Raises OutOfMemory if the model can never fit, or if it
        would wait for a lease that the same asyncio task holds. A task started inside a lease is
        a separate call: do not wait for it there.
        """
        placement = self._choose_placement(model_id, device)
        if self._closing:
            raise _closing_error(placement)
        lease = await self._acquire(placement)
        try:
            yield lease.model
        finally:
            self._release(lease)

    def expect(self, run_id: str, models: Iterable[str]) -> None:
        """Set the models that a run's plan will use, in order, replacing earlier ones."""
        self._upcoming_uses.expect(run_id, models)

    def mark_used(self, run_id: str, model_id: str) -> None:
        """Remove the first expected use of a model from a run."""
        self._upcoming_uses.mark_used(run_id, model_id)

    def forget(self, run_id: str) -> None:
        """Remove all expected uses of a run that has ended."""
        self._upcoming_uses.forget(run_id)

    def prefetch(self, model_id: str, *, device: str | None = None) -> None:
        """Start to load a model if only models that no plan needs must be evicted.

        Failures are reported as events.
        """
        try:
            placement = self._choose_placement(model_id, device)
        except BatutaError as error:
            self._observe(ModelLoadFailed(model_id, device or "", str(error)))
            return
        others_wait = any(request.placement.device == placement.device for request in self._waiting)
        if not (self._closing or others_wait or placement.key in self._slots):
            self._start_load(placement, evictable=self._unneeded_slots(placement.device))

    async def evict_idle(self, device: str) -> int:
        """Evict every idle model of a device; return the freed bytes."""
        idle = self._idle_slots(device)
        unloads = [self._evict(slot, "relief") for slot in idle]
        self._serve_requests()
        await asyncio.gather(*unloads)
        return sum(slot.bytes for slot in idle)

    def residents(self) -> tuple[Resident, ...]:
        """Return the models that are loaded or loading."""
        return tuple(
            Resident(
                slot.placement.model_id,
                slot.placement.device,
                slot.bytes,
                leases=len(slot.leases),
                loading=slot.model is None,
                load_s=slot.load_s,
            )
            for slot in self._slots.values()
        )

    def free_bytes(self, device: str) -> int:
        """Return the unused bytes of a device's budget."""
        return self._budget(device) - sum(slot.bytes for slot in self._slots_on(device))

    async def close(self) -> None:
        """Refuse new leases, wait for open ones, unload every model."""
        if not self._closing:
            self._closing = asyncio.get_running_loop().create_future()
            for request in self._pending():
                self._refuse(request, _closing_error(request.placement))
            self._serve_requests()
        await asyncio.shield(self._closing)
        await asyncio.to_thread(self._threads.shutdown)

    async def _acquire(self, placement: ModelPlacement) -> Lease:
        task = asyncio.current_task()
        leases = (lease for slot in self._slots.values() for lease in slot.leases)
        request = LeaseRequest(
            placement,
            asyncio.get_running_loop().create_future(),
            task,
            frozenset(lease for lease in leases if lease.holder is task),
        )
        self._waiting.append(request)
        self._serve_requests()
        try:
            return await request.lease_future
        except asyncio.CancelledError:
            if request in self._waiting:
                self._waiting.remove(request)
                self._serve_requests()
            elif not request.lease_future.exception():  # granted in the same moment
                self._release(request.lease_future.result())
            raise

    def _release(self, lease: Lease) -> None:
        lease.slot.leases.remove(lease)
        self._serve_requests()

    def _pending(self) -> list[LeaseRequest]:
        """Return the waiting requests by arrival, without cancelled ones still in the list."""
        return [request for request in self._waiting if not request.lease_future.cancelled()]

    def _serve_requests(self) -> None:
        """Serve every request that can be served; called after every change."""
        short_of_room: dict[str, list[LeaseRequest]] = {}
        for request in self._pending():
            ahead = short_of_room.setdefault(request.placement.device, [])
            # The end of a lease frees memory, so a request inside one never yields to others.
            if not request.outer_leases and any(
                other.overtake_count >= MAX_OVERTAKES for other in ahead
            ):
                continue
            slot = self._slots.get(request.placement.key)
            if slot and not slot.available:
                continue
            if slot:
                self._grant(request, slot)
            elif not self._start_load(
                request.placement, evictable=self._idle_slots(request.placement.device)
            ):
                ahead.append(request)
                continue
            for other in ahead:
                other.overtake_count += 1
        self._refuse_deadlocked()
        if self._closing:
            self._finish_closing(self._closing)

    def _grant(self, request: LeaseRequest, slot: Slot) -> None:
        assert slot.model, "only what is loaded is leased"
        self._waiting.remove(request)
        self._use_count += 1
        slot.last_used = self._use_count
        lease = Lease(slot, slot.model, request.task)
        slot.leases.add(lease)
        request.lease_future.set_result(lease)

    def _refuse(self, request: LeaseRequest, error: BaseException) -> None:
        self._waiting.remove(request)
        request.lease_future.set_exception(error)

    def _refuse_deadlocked(self) -> None:
        """Refuse the newest request that waits, perhaps in a cycle, for its own outer lease."""
        while nested := [request for request in self._deadlocked() if request.outer_leases]:
            request = nested[-1]
            holders = ", ".join(
                sorted(repr(lease.slot.placement.model_id) for lease in request.outer_leases)
            )
            self._refuse(
                request,
                OutOfMemory(
                    f"{request.placement.model_id!r} was requested inside the lease of {holders}, "
                    f"but on {request.placement.device!r} it is free only after that lease ends",
                    hint="end the outer lease first, or raise the budget in the profile",
                ),
            )

    def _deadlocked(self) -> list[LeaseRequest]:
        """Return the requests that still wait once every lease that can end has ended."""
        waiting = self._pending()
        while True:
            stuck = frozenset(lease for request in waiting for lease in request.outer_leases)
            blocked = [request for request in waiting if self._is_blocked(request.placement, stuck)]
            if len(blocked) == len(waiting):
                return blocked
            waiting = blocked

    def _is_blocked(self, placement: ModelPlacement, stuck: frozenset[Lease]) -> bool:
        """Return whether the leases in `stuck` alone prevent the model from being leased."""
        if slot := self._slots.get(placement.key):
            return not slot.shared and bool(slot.leases & stuck)
        pinned = sum(slot.bytes for slot in self._slots_on(placement.device) if slot.leases & stuck)
        return pinned + self._expected_bytes(placement) > self._budget(placement.device)

    def _budget(self, device: str) -> int:
        if device not in self._budgets:
            raise CatalogueError(
                f"{device!r} has no budget; there is one for {', '.join(self._budgets)}",
                hint="name one of these, or give the device a budget in the profile",
            )
        return self._budgets[device]

    def _slots_on(self, device: str) -> list[Slot]:
        return [slot for slot in self._slots.values() if slot.placement.device == device]

    def _idle_slots(self, device: str) -> list[Slot]:
        return [slot for slot in self._slots_on(device) if slot.idle]

    def _unneeded_slots(self, device: str) -> list[Slot]:
        """Return the idle slots that no plan needs."""
        return [slot for slot in self._idle_slots(device) if self._next_use(slot) == math.inf]

    def _next_use(self, slot: Slot) -> float:
        return self._upcoming_uses.next_use(slot.placement.model_id)

    def _choose_placement(self, model_id: str, device: str | None) -> ModelPlacement:
        """Choose the device: the given one, else one with the model loaded, else the first.

        Devices with too small a budget are skipped; OutOfMemory if none remains.
        """
        devices = list(self._budgets) if device is None else [device]
        devices.sort(key=lambda name: (model_id, name) not in self._slots)
        too_large: list[str] = []
        for name in devices:
            budget = self._budget(name)
            placement = ModelPlacement(model_id, name, self._loader.estimate(model_id, name))
            expected = self._expected_bytes(placement)
            if expected <= budget:
                return placement
            too_large.append(f"it needs {expected:,} bytes on {name!r}, whose budget is {budget:,}")
        raise OutOfMemory(
            f"{model_id!r} can never fit: {'; '.join(too_large)}",
            hint="raise the budget in the profile, or choose a smaller model or dtype",
        )

    def _expected_bytes(self, placement: ModelPlacement) -> int:
        footprint = self._footprints.recall(
            placement.model_id, placement.estimate.dtype, placement.device
        )
        return footprint.bytes if footprint else placement.estimate.bytes

    def _start_load(self, placement: ModelPlacement, *, evictable: list[Slot]) -> bool:
        """Reserve memory and start to load; False, without evicting, if there is too little."""
        expected = self._expected_bytes(placement)
        if not self._make_room(expected - self.free_bytes(placement.device), evictable):
            return False
        slot = Slot(placement, expected, last_used=self._use_count)
        self._slots[placement.key] = slot
        self._observe(ModelLoading(placement.model_id, placement.device, expected))
        load = self._threads.load(placement.model_id, placement.device)
        load.add_done_callback(partial(self._after_load, slot))
        return True

    def _make_room(self, shortage: int, evictable: list[Slot]) -> bool:
        victims = choose_victims(
            evictable, shortage, now=self._use_count + 1, next_use=self._next_use
        )
        for slot in victims or ():
            self._evict(slot, "room")
        return victims is not None

    def _evict(self, slot: Slot, reason: EvictionReason) -> asyncio.Future[None]:
        """Evict an idle slot; the future is done when its model is unloaded."""
        assert slot.model, "only what is loaded is evicted"
        placement = slot.placement
        del self._slots[placement.key]
        self._observe(ModelEvicted(placement.model_id, placement.device, slot.bytes, reason))
        return self._threads.unload(slot.model, placement.device)

    def _after_load(self, slot: Slot, load: asyncio.Future[tuple[LoadResult, float]]) -> None:
        if error := load.exception():
            self._fail_load(slot, error)
        else:
            self._record_load(slot, *load.result())
        self._serve_requests()

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
        requests = self._requests_for(placement)
        evictable = (
            self._idle_slots(placement.device)
            if requests
            else self._unneeded_slots(placement.device)
        )
        if not self._make_room(-self.free_bytes(placement.device), evictable):
            self._threads.unload(loaded.model, placement.device)
            self._fail_load(slot, self._too_large(slot, expected))
            return
        slot.model, slot.shared = loaded.model, loaded.shared
        self._observe(
            ModelLoaded(placement.model_id, placement.device, loaded.bytes, round(seconds, 3))
        )
        for request in requests:
            if slot.available:
                self._grant(request, slot)

    def _fail_load(self, slot: Slot, error: BaseException) -> None:
        placement = slot.placement
        del self._slots[placement.key]
        self._observe(ModelLoadFailed(placement.model_id, placement.device, str(error)))
        for request in self._requests_for(placement):
            self._refuse(request, error)

    def _requests_for(self, placement: ModelPlacement) -> list[LeaseRequest]:
        return [request for request in self._pending() if request.placement.key == placement.key]

    def _too_large(self, slot: Slot, expected: int) -> OutOfMemory:
        placement = slot.placement
        return OutOfMemory(
            f"{placement.model_id!r} took {slot.bytes:,} bytes on {placement.device!r} "
            f"instead of the {expected:,} expected, more than the budget of "
            f"{self._budget(placement.device):,} leaves beside the models in use",
            hint="try again when fewer models are in use, or raise the budget in the profile",
        )

    def _finish_closing(self, closing: asyncio.Future[None]) -> None:
        for slot in list(self._slots.values()):
            if slot.idle:
                self._evict(slot, "close")
        if not self._slots and not closing.done():
            closing.set_result(None)


def _closing_error(placement: ModelPlacement) -> Cancelled:
    return Cancelled(f"{placement.model_id!r} was not leased: the models are being unloaded")
