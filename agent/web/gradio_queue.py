"""Gradio's functions, and the messages that it holds for pages that have not fetched them yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradio import Blocks


class GradioQueue:
    """Gradio's message queues, which it neither limits nor always deletes."""

    def __init__(self, blocks: Blocks) -> None:
        self._functions = frozenset(blocks.fns)
        self._blocks = blocks
        self._queue = blocks._queue  # pyright: ignore[reportPrivateUsage]

    def has_function(self, number: object) -> bool:
        """Return whether the page has a function of that number."""
        return type(number) is int and number in self._functions

    def unread(self, session: str) -> int:
        """Return the number of messages that the page has not fetched."""
        messages = self._queue.pending_messages_per_session.get(session)
        return messages.qsize() if messages else 0

    def delete(self, session: str) -> None:
        """Delete the messages and the state of a session that ended, and send it no more."""
        for jobs in self._queue.active_jobs:
            for job in jobs or ():
                if job.session_hash == session:
                    job.alive = False
        self._queue.pending_messages_per_session.pop(session, None)
        self._queue.pending_event_ids_session.pop(session, None)
        # Gradio keeps the state of 10,000 closed pages, a copy of the page's settings in each.
        states = self._blocks.state_holder
        states.session_data.pop(session, None)
        states.time_last_used.pop(session, None)
