"""Run a plan of one tool for a route, with the model that the client names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.requests import Request

from agent.plan import Plan, format_plan
from agent.plan.syntax.tree import Argument, Assign, Call, Name, Say, Statement
from agent.record.artifacts import Encoded
from agent.record.events import NamedValue
from agent.runtime.agent_runtime import AgentRuntime
from agent.server.access.access_middleware import client_of
from agent.server.api_errors import ApiError
from agent.server.model_names import MODEL, profile_of
from agent.server.runs.run_service import RunService, RunSpec
from agent.server.runs.run_waiting import run_failure, wait_while_connected


@dataclass(frozen=True)
class ToolModel:
    """The profile of a model name, and the model of a tool that it pins, if any."""

    agent: AgentRuntime
    profile: str
    pin: str = ""


@dataclass(frozen=True)
class ToolCall:
    """A call of a plan: the name of its result, the tool, and names as arguments."""

    name: str
    tool: str
    arguments: Sequence[str]
    pin: str = ""


async def model_of(service: RunService, name: str, tool: str) -> ToolModel:
    """Return what a model name stands for: `batuta`, `batuta/PROFILE` or a model of the tool."""
    agent = await service.agents.get()
    pins = agent.session.pins.get(tool, [])
    if name in pins:
        return ToolModel(agent, "", name)
    profiles = service.agents.offer().profiles
    if name.partition("/")[0] != MODEL:
        raise ApiError(
            404,
            f"there is no model {name!r} for {tool}; there are: {', '.join([MODEL, *pins])}",
            hint="use `batuta` for the best one, or `batuta/PROFILE` for that of a profile",
            code="model_not_found",
            param="model",
        )
    profile = profile_of(name, profiles)
    return ToolModel(await service.agents.get(profile), profile)


def require_tool(agent: AgentRuntime, tool: str) -> None:
    """Raise the error for a tool that the profile has no model for."""
    if tool not in agent.session.offered:
        raise ApiError(
            400,
            agent.session.why_absent(tool),
            hint="choose another profile with the model `batuta/PROFILE`",
            code="tool_unavailable",
            param="model",
        )


def plan_of(*calls: ToolCall) -> str:
    """Return the plan that makes these calls and says their last result."""
    statements: list[Statement] = [
        Assign(
            call.name,
            Call(call.tool, tuple(Argument("", Name(name)) for name in call.arguments), call.pin),
        )
        for call in calls
    ]
    return format_plan(Plan((*statements, Say(Name(calls[-1].name)))))


async def run_plan(
    service: RunService,
    request: Request,
    *,
    text: str,
    inputs: Mapping[str, Encoded],
    plan: str,
    profile: str,
    seed: int = 0,
) -> str:
    """Run a plan, or a request if the plan is empty, and return its run; ApiError if it fails."""
    client = client_of(request)
    spec = RunSpec(text, inputs=inputs, plan=plan, profile=profile, seed=seed)
    run = await service.start_run(client, spec)
    await wait_while_connected(service, client, run, request)
    if failure := run_failure(service, client, run):
        raise failure
    if service.view(client, run).state == "waiting":
        raise ApiError(
            409,
            f"run {run!r} waits for approval, because its model runs elsewhere or its tool asks",
            hint=f"approve it with POST /v1/runs/{run}/approve, and fetch its result there",
            code="approval_needed",
        )
    return run


def results_of(service: RunService, request: Request, run: str) -> list[NamedValue]:
    """Return the media of a run's answer."""
    return service.view(client_of(request), run).results


def value_of(service: RunService, request: Request, run: str, name: str) -> Encoded:
    """Return the value that a call of the run's plan has given to a name."""
    view = service.view(client_of(request), run)
    values = [
        call.value
        for line in view.lines()
        if line.step.name == name
        for call in line.calls.values()
    ]
    return values[-1]
