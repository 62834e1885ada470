"""Collect the items of several calls into batches for one model.

Serve's own `serve.batch` closes a batch when its wait is over, although the model still computes
the one before: under load small batches then queue behind each other. Here a batch is closed when
the model is free.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from agent.cluster.batched_model import BatchItems, BatchRows

RunItems = Callable[[list[BatchItems]], Coroutine[Any, Any, Sequence[BatchRows]]]


@dataclass(frozen=True)
class _Entry:
    items: BatchItems
    rows: asyncio.Future[BatchRows]
    at: float


class ItemBatcher:
    """Runs batches one after another, of `max_items` at most unless one call has more.

    While the model is free, the first items wait `wait_s` for others.
    """

    def __init__(self, run: RunItems, max_items: int, wait_s: float) -> None:
        self._run = run
        self._max_items = max_items
        self._wait_s = wait_s
        self._entries: deque[_Entry] = deque()
        self._arrival = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def collect(self, items: BatchItems) -> BatchRows:
        """Add items to a batch and return their rows."""
        rows = asyncio.get_running_loop().create_future()
        self._entries.append(_Entry(items, rows, time.monotonic()))
        self._arrival.set()
        if self._task is None:
            self._task = asyncio.create_task(self._run_batches())
        return await rows

    async def _run_batches(self) -> None:
        while self._entries:
            await self._wait_for_more()
            batch = self._next_batch()
            if batch:
                await self._run_batch(batch)
        self._task = None

    async def _wait_for_more(self) -> None:
        end_time = self._entries[0].at + self._wait_s
        while self._size() < self._max_items and (rest := end_time - time.monotonic()) > 0:
            self._arrival.clear()
            try:
                async with asyncio.timeout(rest):
                    await self._arrival.wait()
            except TimeoutError:
                return

    def _size(self) -> int:
        return sum(entry.items.size for entry in self._entries)

    def _next_batch(self) -> list[_Entry]:
        batch: list[_Entry] = []
        size = 0
        while self._entries:
            entry = self._entries[0]
            if batch and size + entry.items.size > self._max_items:
                break
            self._entries.popleft()
            if not entry.rows.done():  # its call was cancelled
                batch.append(entry)
                size += entry.items.size
        return batch

    async def _run_batch(self, batch: list[_Entry]) -> None:
        try:
            outcomes = await self._run([entry.items for entry in batch])
        except Exception as error:  # noqa: BLE001
            outcomes = [BatchRows(error=error)] * len(batch)
        for entry, outcome in zip(batch, outcomes, strict=True):
            if not entry.rows.done():
                entry.rows.set_result(outcome)
