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
from tools.models.residency.device_memory import Lease, Memory, Place, Slot
from tools.models.residency.eviction import Needs
from tools.models.residency.footprints import Footprints
from tools.models.residency.loader import Loader, ModelLoadFailed, ResidencyEvent, Resident
from tools.sdk.model import Model

OVERTAKINGS = 8
"""How many later requests may be served before one that waits for memory: serving those whose
model is already loaded saves swaps, and the limit prevents starvation."""


@dataclass(eq=False)
class _Request:
    """A call that waits for a lease."""

    place: Place
    granted: asyncio.Future[Lease]
    task: asyncio.Task[object] | None
    under: frozenset[Lease]
    """Leases held by the same task, which cannot end before this request is served."""
    overtaken: int = 0


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
        self._needs = Needs()
        self._memory = Memory(
            loader,
            budgets,
            observe=observe,
            footprints=footprints or Footprints(),
            clock=clock,
            next_use=self._needs.next_use,
            wanted=self._is_wanted,
            loaded=self._after_load,
            failed=self._after_failure,
        )
        self._observe = observe
        self._waiting: list[_Request] = []
        self._emptied: asyncio.Future[None] | None = None
        """Set once `close` is called, done when nothing is left in memory."""

    @asynccontextmanager
    async def lease(self, model_id: str, *, device: str | None = None) -> AsyncGenerator[Model]:
        """Lease a loaded model, exclusively unless its loader allows sharing.

        Waits while other leases block it. Raises OutOfMemory if the model can never fit, or if it
        would wait for a lease that the same asyncio task holds. A task started inside a lease is
        a separate call: do not wait for it there.
        """
        place = self._memory.place(model_id, device)
        if self._emptied:
            raise _closed(place)
        lease = await self._wait(place)
        try:
            yield lease.model
        finally:
            self._release(lease)

    def expect(self, run_id: str, models: Iterable[str]) -> None:
        """Set the models that a run's plan will use, in order, replacing earlier ones."""
        self._needs.expect(run_id, models)

    def used(self, run_id: str, model_id: str) -> None:
        """Remove the first expected use of a model from a run."""
        self._needs.used(run_id, model_id)

    def forget(self, run_id: str) -> None:
        """Remove all expected uses of a run that has ended."""
        self._needs.forget(run_id)

    def prefetch(self, model_id: str, *, device: str | None = None) -> None:
        """Start to load a model if only models that no plan needs must be evicted.

        Failures are reported as events.
        """
        try:
            place = self._memory.place(model_id, device)
        except BatutaError as error:
            self._observe(ModelLoadFailed(model_id, device or "", str(error)))
            return
        others_wait = any(request.place.device == place.device for request in self._waiting)
        if not (self._emptied or others_wait or self._memory.slot(place)):
            self._memory.start_load(place, evictable=self._memory.needless(place.device))

    async def relieve(self, device: str) -> int:
        """Evict every idle model of a device; return the freed bytes."""
        idle = self._memory.idle(device)
        unloads = [self._memory.evict(slot, "relief") for slot in idle]
        self._serve()
        await asyncio.gather(*unloads)
        return sum(slot.bytes for slot in idle)

    def resident(self) -> tuple[Resident, ...]:
        """Return the models that are loaded or loading."""
        return tuple(
            Resident(
                slot.place.model_id,
                slot.place.device,
                slot.bytes,
                leases=len(slot.leases),
                loading=slot.model is None,
                load_s=slot.load_s,
            )
            for slot in self._memory.slots()
        )

    def room(self, device: str) -> int:
        """Return the unused bytes of a device's budget."""
        return self._memory.room(device)

    async def close(self) -> None:
        """Refuse new leases, wait for open ones, unload every model."""
        if not self._emptied:
            self._emptied = asyncio.get_running_loop().create_future()
            for request in self._pending():
                self._refuse(request, _closed(request.place))
            self._serve()
        await asyncio.shield(self._emptied)
        await asyncio.to_thread(self._memory.end_threads)

    async def _wait(self, place: Place) -> Lease:
        task = asyncio.current_task()
        request = _Request(
            place,
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
        self._serve()
        try:
            return await request.granted
        except asyncio.CancelledError:
            if request in self._waiting:
                self._waiting.remove(request)
                self._serve()
            elif not request.granted.exception():  # granted in the same moment
                self._release(request.granted.result())
            raise

    def _release(self, lease: Lease) -> None:
        lease.slot.leases.remove(lease)
        self._serve()

    def _pending(self) -> list[_Request]:
        """Return the waiting requests by arrival, without cancelled ones still in the list."""
        return [request for request in self._waiting if not request.granted.cancelled()]

    def _serve(self) -> None:
        """Serve every request that can be served; called after every change."""
        short_of_room: dict[str, list[_Request]] = {}
        for request in self._pending():
            ahead = short_of_room.setdefault(request.place.device, [])
            # The end of a lease frees memory, so a request inside one never yields to others.
            if not request.under and any(other.overtaken >= OVERTAKINGS for other in ahead):
                continue
            slot = self._memory.slot(request.place)
            if slot and not slot.open:
                continue
            if slot:
                self._grant(request, slot)
            elif not self._memory.start_load(
                request.place, evictable=self._memory.idle(request.place.device)
            ):
                ahead.append(request)
                continue
            for other in ahead:
                other.overtaken += 1
        self._refuse_deadlocked()
        if self._emptied:
            self._finish_closing(self._emptied)

    def _grant(self, request: _Request, slot: Slot) -> None:
        self._waiting.remove(request)
        request.granted.set_result(self._memory.lease(slot, request.task))

    def _refuse(self, request: _Request, error: BaseException) -> None:
        self._waiting.remove(request)
        request.granted.set_exception(error)

    def _after_load(self, slot: Slot) -> None:
        for request in self._pending():
            if slot.open and self._memory.slot(request.place) is slot:
                self._grant(request, slot)
        self._serve()

    def _after_failure(self, place: Place, error: BaseException) -> None:
        for request in self._pending():
            if _same(request.place, place):
                self._refuse(request, error)
        self._serve()

    def _is_wanted(self, place: Place) -> bool:
        return any(_same(request.place, place) for request in self._pending())

    def _refuse_deadlocked(self) -> None:
        """Refuse the newest request that waits, perhaps in a cycle, for its own outer lease."""
        while nested := [request for request in self._deadlocked() if request.under]:
            request = nested[-1]
            holders = ", ".join(sorted(repr(lease.slot.place.model_id) for lease in request.under))
            self._refuse(
                request,
                OutOfMemory(
                    f"{request.place.model_id!r} was requested inside the lease of {holders}, but "
                    f"on {request.place.device!r} it is available only after that lease ends",
                    hint="end the outer lease first, or raise the budget in the profile",
                ),
            )

    def _deadlocked(self) -> list[_Request]:
        """Return the requests that still wait once every lease that can end has ended."""
        waiting = self._pending()
        while True:
            stuck = frozenset(lease for request in waiting for lease in request.under)
            hopeless = [request for request in waiting if self._is_blocked(request.place, stuck)]
            if len(hopeless) == len(waiting):
                return hopeless
            waiting = hopeless

    def _is_blocked(self, place: Place, stuck: frozenset[Lease]) -> bool:
        """Return whether the leases in `stuck` alone prevent the model from being leased."""
        slot = self._memory.slot(place)
        if slot:
            return not slot.shared and bool(slot.leases & stuck)
        pinned = sum(slot.bytes for slot in self._memory.slots(place.device) if slot.leases & stuck)
        return pinned + self._memory.bytes_expected(place) > self._memory.budget(place.device)

    def _finish_closing(self, emptied: asyncio.Future[None]) -> None:
        for slot in self._memory.slots():
            if slot.idle:
                self._memory.evict(slot, "close")
        if not self._memory.slots() and not emptied.done():
            emptied.set_result(None)


def _same(place: Place, other: Place) -> bool:
    return (place.model_id, place.device) == (other.model_id, other.device)


def _closed(place: Place) -> Cancelled:
    return Cancelled(f"{place.model_id!r} was not leased: the models are being unloaded")
