"""Run one tool or named plan with the JSON arguments of a client, as a plan of one line."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any

from agent.mcp.client_values import ClientValues
from agent.mcp.mcp_backend import McpBackend, McpRun
from agent.plan import Callee, Plan, format_plan
from agent.plan.syntax.tree import Argument, Assign, Call, Name, Say
from agent.record.events import Event
from tools.errors import InputError
from tools.sdk.typed_function import SEED

RESULT = "result"
"""The name of the result in the plan."""


async def call_events(
    backend: McpBackend, callee: Callee, arguments: Mapping[str, Any]
) -> AsyncGenerator[Event]:
    """Run a plan of this one call."""
    values = await ClientValues(backend).arguments(
        callee, {name: value for name, value in arguments.items() if name != SEED}
    )
    input_names = {name: f"{name}_input" for name in values}
    call = Call(
        callee.name,
        tuple(Argument(name, Name(input_name)) for name, input_name in input_names.items()),
    )
    run = McpRun(
        callee.name,
        {input_names[name]: value for name, value in values.items()},
        plan=format_plan(Plan((Assign(RESULT, call), Say(Name(RESULT))))),
        seed=_read_seed(arguments.get(SEED)),
    )
    return backend.run(run)


def _read_seed(seed: object) -> int:
    if seed is None:
        return 0
    if isinstance(seed, int) and not isinstance(seed, bool) and seed >= 0:
        return seed
    raise InputError(f"the seed is {seed!r:.100}; allowed are 0, 1, 2, …", hint="leave it out")
