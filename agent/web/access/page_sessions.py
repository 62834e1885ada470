"""Names of Gradio's sessions: private to each visitor, limited in number.

A browser chooses the name of its session. Gradio gets another name, derived from the visitor and
that choice, so that no visitor can name the session of another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable

MAX_SESSIONS = 10_000
"""Number of sessions of all visitors; the least recently used are dropped."""


class PageSessions:
    """The sessions that visitors have open."""

    def __init__(self, per_visitor: int, total: int = MAX_SESSIONS) -> None:
        self._per_visitor = per_visitor
        self._total = total
        self._visitor_of: dict[str, str] = {}
        """The visitor of each session, the least recently used first."""
        self.on_drop: Callable[[str], None] = lambda session: None
        """Called with a session that was dropped because there were too many."""

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
        return session

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

    def _drop(self, session: str) -> None:
        del self._visitor_of[session]
        self.on_drop(session)
