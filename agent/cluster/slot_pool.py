"""Slots that the front process holds: each is a connection to one replica of a model."""

from __future__ import annotations

import asyncio
import time
from asyncio import StreamReader, StreamWriter
from collections import Counter, deque
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress

from agent.cluster.message_frames import read_frame, write_frame
from agent.cluster.worker_messages import SlotLine

IDLE_SECONDS = 0.5
"""How long an unused slot stays: others wait for it, and an idle replica cannot be removed."""
MAX_AGE_SECONDS = 10
"""After that a slot is given back even under load, so that Serve can choose another replica."""
CONNECT_SECONDS = 5


class ReplicaSlot:
    """The right to run one call at a time on a replica, which Serve has granted."""

    def __init__(self, replica: tuple[str, int], reader: StreamReader, writer: StreamWriter):
        self.replica = replica
        self._reader = reader
        self._writer = writer
        self._open_time = time.monotonic()
        self.idle_timer: asyncio.TimerHandle | None = None
        self.closed = asyncio.Event()

    @property
    def is_usable(self) -> bool:
        """Whether another call may be sent."""
        return not (self.closed.is_set() or self._reader.at_eof())

    @property
    def is_old(self) -> bool:
        """Whether it is time to give the slot back."""
        return time.monotonic() - self._open_time > MAX_AGE_SECONDS

    async def messages(self, call: bytes) -> AsyncGenerator[bytes]:
        """Send a call and yield its messages, until the connection ends or nobody reads on."""
        await write_frame(self._writer, call)
        while message := await read_frame(self._reader):
            yield message

    def close(self) -> None:
        """Give the slot back; a call that runs is stopped."""
        self._writer.close()
        self.closed.set()


class UnreachableReplicaError(Exception):
    """The front process cannot connect to a replica, only to Serve's proxy."""


async def connect(line: SlotLine) -> ReplicaSlot:
    """Connect to the replica that granted a slot; UnreachableReplicaError if that fails."""
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(line.host, line.port)
            await write_frame(writer, line.secret.encode())
    except (OSError, TimeoutError) as error:
        raise UnreachableReplicaError(f"{line.host}:{line.port}: {error}") from error
    return ReplicaSlot((line.host, line.port), reader, writer)


RequestSlot = Callable[[], AbstractAsyncContextManager[ReplicaSlot]]
"""Asks Serve for a slot and keeps it until the block ends."""


class SlotPool:
    """The slots of one model, `capacity` at most; a free slot is used before Serve is asked."""

    def __init__(self, request: RequestSlot, capacity: int) -> None:
        self._request = request
        self._capacity = capacity
        self._idle: list[ReplicaSlot] = []
        self._busy: Counter[tuple[str, int]] = Counter()
        self._waiters: deque[asyncio.Future[ReplicaSlot]] = deque()
        self._requests: list[asyncio.Task[None]] = []
        """Requests that Serve has not granted."""
        self._held_slots: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def slot(self) -> AsyncGenerator[ReplicaSlot]:
        """Hold a slot for one call; one whose call has failed is given back."""
        slot = await self._acquire()
        self._busy[slot.replica] += 1
        try:
            yield slot
        except BaseException:
            slot.close()
            raise
        finally:
            self._busy[slot.replica] -= 1
            if slot.is_old:
                slot.close()
            self._offer(slot)

    async def close(self) -> None:
        """Give back all slots."""
        tasks = [*self._requests, *self._held_slots]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _acquire(self) -> ReplicaSlot:
        self._idle = [slot for slot in self._idle if slot.is_usable]
        if self._idle:
            slot = min(self._idle, key=lambda slot: self._busy[slot.replica])
            self._idle.remove(slot)
            if slot.idle_timer:
                slot.idle_timer.cancel()
            return slot
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._balance()
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and not waiter.exception():
                self._offer(waiter.result())
            raise
        finally:
            with suppress(ValueError):
                self._waiters.remove(waiter)
            self._balance()

    def _offer(self, slot: ReplicaSlot) -> None:
        """Pass a slot to the first call that waits, or keep it for a while."""
        if slot.is_usable and (waiter := self._next_waiter()):
            waiter.set_result(slot)
        elif slot.is_usable:
            self._idle.append(slot)
            loop = asyncio.get_running_loop()
            slot.idle_timer = loop.call_later(IDLE_SECONDS, slot.close)
        self._balance()

    def _next_waiter(self) -> asyncio.Future[ReplicaSlot] | None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                return waiter
        return None

    def _balance(self) -> None:
        """Ask Serve for as many slots as calls wait for, within the capacity."""
        while len(self._requests) > len(self._waiters):
            self._requests.pop().cancel()
        free = self._capacity - len(self._requests) - len(self._held_slots)
        for _ in range(min(len(self._waiters) - len(self._requests), free)):
            task = asyncio.create_task(self._hold())
            self._requests.append(task)
            task.add_done_callback(self._forget)

    async def _hold(self) -> None:
        """Ask for a slot, offer it, and keep it until it is closed."""
        task = asyncio.current_task()
        assert task
        try:
            async with self._request() as slot:
                self._requests.remove(task)
                self._held_slots.add(task)
                self._offer(slot)
                await slot.closed.wait()
        except Exception as error:  # noqa: BLE001
            if task in self._requests:
                self._requests.remove(task)
                if waiter := self._next_waiter():
                    waiter.set_exception(error)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._held_slots.discard(task)
        if task in self._requests:
            self._requests.remove(task)
        self._balance()
