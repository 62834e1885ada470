"""Which calls a plan makes, with the values of their arguments, found by running it on nothing.

Each call gives back what stands for its result, so that loops and conditions over results take the
way they would take for something that is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from agent.plan import CallSite, CheckedPlan, interpret
from tools.sdk.plan_types import Value


@dataclass(frozen=True)
class RecordedCall:
    """One call of a tool: only what the plan gives it, or a default that is not None."""

    tool: str
    arguments: Mapping[str, Value] = field(default_factory=dict[str, Value])


StandIn = Callable[[int, CallSite], Value]
"""The result of the call with that number, counted from 0."""


async def record_calls(plan: CheckedPlan, stand_in: StandIn) -> list[RecordedCall]:
    """The plan's calls in the order in which they come to be made."""
    calls: list[RecordedCall] = []

    async def perform(site: CallSite) -> Value:
        given = {name: value for name, value in site.arguments.items() if value is not None}
        calls.append(RecordedCall(site.tool.name, given))
        return stand_in(len(calls) - 1, site)

    await interpret(plan, {}, perform)
    return calls
