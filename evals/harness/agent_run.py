"""A run of the agent followed to its end: all its events, and what it came to."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from agent.record.events import Event, PlanAccepted
from agent.record.run_outcome import RunOutcome


@dataclass(frozen=True)
class Followed:
    """What happened in a run."""

    events: Sequence[Event]
    outcome: RunOutcome

    @property
    def plans(self) -> list[PlanAccepted]:
        """The plans that ran, the first and those that mended it."""
        return [event for event in self.events if isinstance(event, PlanAccepted)]


async def follow(run: AsyncGenerator[Event]) -> Followed:
    """Let `agent.run(…)` run to its end."""
    found: list[Event] = []
    outcome = RunOutcome()
    async with aclosing(run) as events:
        async for event in events:
            outcome.update(event)
            found.append(event)
    return Followed(found, outcome)
