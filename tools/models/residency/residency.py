"""Model residency: lease models, load them on first use, stay within a budget per device.

>>> residency = Residency(loader, {"cuda:0": 24 * 2**30, "cpu": 8 * 2**30})
>>> async with residency.lease("detect/yolox-nano") as model:
...     boxes = model.detect(image)

One residency belongs to one event loop. Budgets bound the measured size of loaded models: the
memory that a call uses while it runs is additional, so leave room for it. Devices are names with
budgets. A model too large for a GPU has a load variant that offloads parts of it to CPU memory
(tools/models/load_variant.py): then only the part on the GPU at one time is counted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tools.errors import BatutaError, Cancelled, OutOfMemory
from tools.models.residency.device_memory import DeviceMemory, Lease, ModelPlacement, Slot
from tools.models.residency.eviction import UpcomingUses
from tools.models.residency.footprints import Footprints
from tools.models.residency.loader import Loader, ModelLoadFailed, ResidencyEvent, Resident
from tools.sdk.model import Model

MAX_OVERTAKES = 8
"""How many later requests may be served before one that waits for memory: serving those whose
model is already loaded saves swaps, and the limit prevents starvation."""


@dataclass(eq=False)
class _Request:
    """A call that waits for a lease."""

    placement: ModelPlacement
    lease_future: asyncio.Future[Lease]
    task: asyncio.Task[object] | None
    outer_leases: frozenset[Lease]
    """Leases held by the same task, which cannot end before this request is served."""
    overtake_count: int = 0


def _ignore(event: ResidencyEvent) -> None:
    pass


class Residency:
    """The models in memory. Budgets are never exceeded, and leased models are never evicted."""

    def __init__(
        self,
        loader: Loader,
        budgets: Mapping[str, int],
        *,
        observe: Callable[[ResidencyEvent], None] = _ignore,
        footprints: Footprints | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Create an empty residency; `budgets` are bytes by device, the preferred device first."""
        self._upcoming_uses = UpcomingUses()
        self._memory = DeviceMemory(
            loader,
            budgets,
            observe=observe,
            footprints=footprints or Footprints(),
            clock=clock,
            next_use=self._upcoming_uses.next_use,
            is_requested=self._is_requested,
            on_loaded=self._after_load,
            on_failed=self._after_failure,
        )
        self._observe = observe
        self._waiting: list[_Request] = []
        self._closing: asyncio.Future[None] | None = None
        """Set once `close` is called, done when nothing is left in memory."""

    @asynccontextmanager
    async def lease(self, model_id: str, *, device: str | None = None) -> AsyncGenerator[Model]:
        """Lease a loaded model, exclusively unless its loader allows sharing.

        Waits while other leases block it. Raises OutOfMemory if the model can never fit, or if it
        would wait for a lease that the same asyncio task holds. A task started inside a lease is
        a separate call: do not wait for it there.
        """
        placement = self._memory.choose_placement(model_id, device)
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
            placement = self._memory.choose_placement(model_id, device)
        except BatutaError as error:
            self._observe(ModelLoadFailed(model_id, device or "", str(error)))
            return
        others_wait = any(request.placement.device == placement.device for request in self._waiting)
        if not (self._closing or others_wait or self._memory.slot(placement)):
            self._memory.start_load(
                placement, evictable=self._memory.unneeded_slots(placement.device)
            )

    async def evict_idle(self, device: str) -> int:
        """Evict every idle model of a device; return the freed bytes."""
        idle = self._memory.idle_slots(device)
        unloads = [self._memory.evict(slot, "relief") for slot in idle]
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
            for slot in self._memory.slots()
        )

    def free_bytes(self, device: str) -> int:
        """Return the unused bytes of a device's budget."""
        return self._memory.free_bytes(device)

    async def close(self) -> None:
        """Refuse new leases, wait for open ones, unload every model."""
        if not self._closing:
            self._closing = asyncio.get_running_loop().create_future()
            for request in self._pending():
                self._refuse(request, _closing_error(request.placement))
            self._serve_requests()
        await asyncio.shield(self._closing)
        await asyncio.to_thread(self._memory.shutdown)

    async def _acquire(self, placement: ModelPlacement) -> Lease:
        task = asyncio.current_task()
        request = _Request(
            placement,
            asyncio.get_running_loop().create_future(),
            task,
            frozenset(
                lease
                for slot in self._memory.slots()
                for lease in slot.leases
                if lease.holder is task
            ),
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

    def _pending(self) -> list[_Request]:
        """Return the waiting requests by arrival, without cancelled ones still in the list."""
        return [request for request in self._waiting if not request.lease_future.cancelled()]

    def _serve_requests(self) -> None:
        """Serve every request that can be served; called after every change."""
        short_of_room: dict[str, list[_Request]] = {}
        for request in self._pending():
            ahead = short_of_room.setdefault(request.placement.device, [])
            # The end of a lease frees memory, so a request inside one never yields to others.
            if not request.outer_leases and any(
                other.overtake_count >= MAX_OVERTAKES for other in ahead
            ):
                continue
            slot = self._memory.slot(request.placement)
            if slot and not slot.available:
                continue
            if slot:
                self._grant(request, slot)
            elif not self._memory.start_load(
                request.placement, evictable=self._memory.idle_slots(request.placement.device)
            ):
                ahead.append(request)
                continue
            for other in ahead:
                other.overtake_count += 1
        self._refuse_deadlocked()
        if self._closing:
            self._finish_closing(self._closing)

    def _grant(self, request: _Request, slot: Slot) -> None:
        self._waiting.remove(request)
        request.lease_future.set_result(self._memory.lease(slot, request.task))

    def _refuse(self, request: _Request, error: BaseException) -> None:
        self._waiting.remove(request)
        request.lease_future.set_exception(error)

    def _after_load(self, slot: Slot) -> None:
        for request in self._pending():
            if slot.available and self._memory.slot(request.placement) is slot:
                self._grant(request, slot)
        self._serve_requests()

    def _after_failure(self, placement: ModelPlacement, error: BaseException) -> None:
        for request in self._pending():
            if _same_placement(request.placement, placement):
                self._refuse(request, error)
        self._serve_requests()

    def _is_requested(self, placement: ModelPlacement) -> bool:
        return any(_same_placement(request.placement, placement) for request in self._pending())

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

    def _deadlocked(self) -> list[_Request]:
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
        slot = self._memory.slot(placement)
        if slot:
            return not slot.shared and bool(slot.leases & stuck)
        pinned = sum(
            slot.bytes for slot in self._memory.slots(placement.device) if slot.leases & stuck
        )
        return pinned + self._memory.expected_bytes(placement) > self._memory.budget(
            placement.device
        )

    def _finish_closing(self, closing: asyncio.Future[None]) -> None:
        for slot in self._memory.slots():
            if slot.idle:
                self._memory.evict(slot, "close")
        if not self._memory.slots() and not closing.done():
            closing.set_result(None)


def _same_placement(placement: ModelPlacement, other: ModelPlacement) -> bool:
    return (placement.model_id, placement.device) == (other.model_id, other.device)


def _closing_error(placement: ModelPlacement) -> Cancelled:
    return Cancelled(f"{placement.model_id!r} was not leased: the models are being unloaded")
