"""Tools that the client of a chat runs itself: their definitions, calls and results."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.record.events import ClientCall
from agent.runtime.agent_runtime import AgentRuntime
from agent.runtime.client_tools import ClientTool, client_tool
from agent.server.access.client_records import RUN_ID
from agent.server.api_errors import ApiError, reject
from tools.errors import PluginError
from tools.sdk.registry import RESERVED

MAX_TOOLS = 64
_CALL_ID = re.compile(rf"call_(?P<run>{RUN_ID.pattern})_(?P<number>\d{{1,4}})")


class FunctionDefinition(BaseModel):
    model_config = ConfigDict(extra="ignore")

    name: Annotated[str, Field(pattern=r"^[a-zA-Z0-9_-]{1,64}$")]
    description: Annotated[str, Field(max_length=10_000)] | None = None
    parameters: dict[str, Any] | None = None


class ToolDefinition(BaseModel):
    """A function that the client can run."""

    model_config = ConfigDict(extra="ignore")

    type: Literal["function"]
    function: FunctionDefinition


class FunctionCall(BaseModel):
    name: str
    arguments: str
    """JSON."""


class ToolCallBody(BaseModel):
    """A call that the client has to run."""

    id: str
    type: Literal["function"] = "function"
    function: FunctionCall


def require_free_choice(tool_choice: object) -> None:
    """Refuse a choice of tool that the planner would have to make."""
    if tool_choice not in (None, "auto", "none"):
        reject(
            "tool_choice",
            f"the tool choice is {tool_choice!r}; only 'auto' and 'none' are allowed",
            "say in the request which tool to use",
        )


def client_tools_of(definitions: Sequence[ToolDefinition], agent: AgentRuntime) -> list[ClientTool]:
    """Build the client's tools, with names that no tool of the server has."""
    session = agent.session
    names = {*session.registry, *session.plans, *RESERVED}
    tools: list[ClientTool] = []
    for definition in definitions:
        function = definition.function
        try:
            tool = client_tool(
                function.name, function.description or "", function.parameters or {}, names
            )
        except (AttributeError, TypeError, ValueError, PluginError) as error:
            raise ApiError(
                400,
                f"the parameters of {function.name!r} are not a JSON schema of an object: {error}",
                hint='give them as {"type": "object", "properties": {…}}',
                code="invalid_tool",
                param="tools",
            ) from error
        if tool.tool.name in names or function.name in {other.client_name for other in tools}:
            raise ApiError(
                400,
                f"the name of the tool {function.name!r} is used already",
                hint="give each tool a name of its own",
                code="invalid_tool",
                param="tools",
            )
        names.add(tool.tool.name)
        tools.append(tool)
    return tools


def tool_calls_of(
    run: str, calls: Sequence[ClientCall], tools: Sequence[ClientTool]
) -> list[ToolCallBody]:
    """Return the calls in the client's names; their ids lead back to the run."""
    by_name = {tool.tool.name: tool for tool in tools}
    return [
        ToolCallBody(
            id=f"call_{run}_{number}",
            function=FunctionCall(
                name=by_name[call.tool].client_name,
                arguments=by_name[call.tool].arguments_json(call.arguments),
            ),
        )
        for number, call in enumerate(calls)
    ]


def run_of_calls(results: Mapping[str, str]) -> str:
    """Return the run that made the calls; ApiError if they are not of one run."""
    matches = [_CALL_ID.fullmatch(call) for call in results]
    runs = {match["run"] for match in matches if match}
    if None in matches or len(runs) != 1:
        raise ApiError(
            400,
            f"the tool call ids {sorted(results)} are not those of one answer",
            hint="give each result with the `tool_call_id` of its call",
            code="invalid_tool_call_id",
            param="messages",
        )
    return runs.pop()


def require_tools_of_calls(calls: Sequence[ClientCall], tools: Sequence[ClientTool]) -> None:
    """Refuse results without the definitions of their tools, which the run needs to go on."""
    missing = {call.tool for call in calls} - {tool.tool.name for tool in tools}
    if missing:
        raise ApiError(
            400,
            f"the tools of the calls are not among `tools`: {', '.join(sorted(missing))}",
            hint="send the same `tools` with the results as with the request",
            code="missing_tool",
            param="tools",
        )


def values_of_calls(
    run: str, calls: Sequence[ClientCall], results: Mapping[str, str]
) -> dict[str, str]:
    """Return the results by the paths of the calls; ApiError if they do not fit."""
    expected = {f"call_{run}_{number}": call.path for number, call in enumerate(calls)}
    if expected.keys() != results.keys():
        raise ApiError(
            400,
            f"the calls {sorted(results)} are not those that the run waits for: "
            f"{sorted(expected) or 'none'}",
            hint="send the result of every call of the last answer, once",
            code="invalid_tool_call_id",
            param="messages",
        )
    return {expected[call]: text for call, text in results.items()}
