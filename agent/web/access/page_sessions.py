"""Names of Gradio's sessions: private to each visitor, limited in number.

A browser chooses the name of its session. Gradio gets another name, derived from the visitor and
that choice, so that no visitor can name the session of another.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager

MAX_SESSIONS = 10_000
"""Number of sessions of all visitors; the least recently used are dropped."""
UNCONNECTED_S = 30.0
"""Time after which a session is dropped that receives no events: its page is gone."""


class PageSessions:
    """The sessions that visitors have open.

    Browsers say when a page closes, but not all of them and not always.
    """

    def __init__(self, per_visitor: int, total: int = MAX_SESSIONS) -> None:
        self._per_visitor = per_visitor
        self._total = total
        self._visitor_of: dict[str, str] = {}
        """The visitor of each session, the least recently used first."""
        self._connections: Counter[str] = Counter()
        """Number of connections on which each session receives events."""
        self._timers: dict[str, asyncio.TimerHandle] = {}
        """When each session without a connection is dropped."""
        self.on_drop: Callable[[str], None] = lambda session: None
        """Called with a session that was dropped: there were too many, or its page is gone."""

    def name(self, visitor: str, chosen_name: str) -> str:
        """Return Gradio's name of a visitor's session."""
        return hashlib.sha256(f"{visitor} {chosen_name}".encode()).hexdigest()[:32]

    def open(self, visitor: str, chosen_name: str) -> str:
        """Open a session, or mark it as used, and return Gradio's name of it."""
        session = self.name(visitor, chosen_name)
        is_new = self._visitor_of.pop(session, None) is None
        self._visitor_of[session] = visitor
        if is_new:
            self._limit(visitor)
        if session not in self._connections:
            self._start_timer(session)
        return session

    @contextmanager
    def connect(self, session: str) -> Generator[None]:
        """Keep a session while it receives events, and a short time after."""
        self._stop_timer(session)
        self._connections[session] += 1
        try:
            yield
        finally:
            self._connections[session] -= 1
            if self._connections[session] == 0:
                del self._connections[session]
                if session in self:
                    self._start_timer(session)

    def __contains__(self, session: str) -> bool:
        return session in self._visitor_of

    def _limit(self, visitor: str) -> None:
        own = [name for name, owner in self._visitor_of.items() if owner == visitor]
        for name in own[: -self._per_visitor]:
            self._drop(name)
        while len(self._visitor_of) > self._total:
            self._drop(next(iter(self._visitor_of)))

    def close(self, session: str) -> None:
        """Forget a session whose page was closed."""
        self._visitor_of.pop(session, None)
        self._stop_timer(session)

    def _drop(self, session: str) -> None:
        self.close(session)
        self.on_drop(session)

    def _start_timer(self, session: str) -> None:
        self._stop_timer(session)
        loop = asyncio.get_running_loop()
        self._timers[session] = loop.call_later(UNCONNECTED_S, self._drop, session)

    def _stop_timer(self, session: str) -> None:
        if timer := self._timers.pop(session, None):
            timer.cancel()
