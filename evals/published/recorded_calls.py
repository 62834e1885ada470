"""Record the calls of a plan, with their argument values, by a dry run.

Each call returns a stand-in for its result, so that loops and conditions over results run as they
would on a real result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from agent.plan import CallSite, CheckedPlan, interpret
from tools.sdk.plan_types import Value


@dataclass(frozen=True)
class RecordedCall:
    """One call of a tool, with its arguments and defaults except None."""

    tool: str
    arguments: Mapping[str, Value] = field(default_factory=dict[str, Value])


StandIn = Callable[[int, CallSite], Value]
"""Return the result of the call with that number, counted from 0."""


async def record_calls(plan: CheckedPlan, stand_in: StandIn) -> list[RecordedCall]:
    """Return the plan's calls in the order of execution."""
    calls: list[RecordedCall] = []

    async def record_call(site: CallSite) -> Value:
        arguments = {name: value for name, value in site.arguments.items() if value is not None}
        calls.append(RecordedCall(site.tool.name, arguments))
        return stand_in(len(calls) - 1, site)

    await interpret(plan, {}, record_call)
    return calls
