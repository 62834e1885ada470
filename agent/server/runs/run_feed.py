"""The events of one run, for any number of readers at their own speed.

An event that the trace records has an id, its number in the trace, so that a reader can go on
after it, even after a restart of the server. Transient events have none. The list of events is
shared: a slow reader makes nothing grow.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import suppress
from dataclasses import dataclass

from agent.record.events import Event
from agent.web.jobs import ChangeSignal

MAX_TRANSIENT_EVENTS = 20_000
"""Later transient events of a run are not passed on; the recorded ones are."""


@dataclass(frozen=True)
class FeedItem:
    """An event and its id in the trace; 0 if the trace does not record it."""

    id: int
    event: Event


class RunFeed:
    """The events of a run that is in progress or has ended."""

    def __init__(self, recorded: Iterable[Event] = (), *, is_live: bool) -> None:
        self._items: list[FeedItem] = []
        self._recorded_count = 0
        self._transient_count = 0
        self._is_live = is_live
        self._signal = ChangeSignal()
        for event in recorded:
            self.add(event)

    def add(self, event: Event) -> None:
        """Pass an event on to all readers."""
        if event.transient:
            self._transient_count += 1
            if self._transient_count > MAX_TRANSIENT_EVENTS:
                return
            self._items.append(FeedItem(0, event))
        else:
            self._recorded_count += 1
            self._items.append(FeedItem(self._recorded_count, event))
        self._signal.notify()

    def close(self, recorded: Iterable[Event]) -> list[Event]:
        """End the feed with the recorded events that it has not received; return them."""
        missing = list(recorded)[self._recorded_count :]
        for event in missing:
            self.add(event)
        self._is_live = False
        self._signal.notify()
        return missing

    async def read(
        self, after: int = 0, *, keep_alive_s: float = 15
    ) -> AsyncGenerator[FeedItem | None]:
        """Yield the events after that id until the run ends; None when nothing happens.

        A reader that goes on gets no transient events from before: it may have had them.
        """
        index = 0
        last_id = 0
        first_new = len(self._items)
        while True:
            version = self._signal.version
            while index < len(self._items):
                item = self._items[index]
                last_id = item.id or last_id
                is_new = last_id > after or (item.id == 0 and index >= first_new)
                index += 1
                if is_new:
                    yield item
            if not self._is_live:
                return
            if self._signal.version == version:
                with suppress(TimeoutError):
                    async with asyncio.timeout(keep_alive_s):
                        await self._signal.wait(version)
                        continue
                yield None
