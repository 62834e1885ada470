"""A finished run of the agent: its events and its outcome."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from agent.record.events import Event, PlanAccepted
from agent.record.run_outcome import RunOutcome


@dataclass(frozen=True)
class AgentRun:
    """The events and the outcome of a run."""

    events: Sequence[Event]
    outcome: RunOutcome

    @property
    def plans(self) -> list[PlanAccepted]:
        """The accepted plans: the first one and its repairs."""
        return [event for event in self.events if isinstance(event, PlanAccepted)]


async def collect_run(run: AsyncGenerator[Event]) -> AgentRun:
    """Run `agent.run(…)` to its end and collect its events."""
    events: list[Event] = []
    outcome = await RunOutcome().consume(run, events.append)
    return AgentRun(events, outcome)
