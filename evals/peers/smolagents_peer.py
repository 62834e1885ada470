"""smolagents' agent loops.

Its ToolCallingAgent writes one call at a time as JSON, its CodeAgent writes Python. Both read a
call's result before they write the next call, so they call the language model once a step.
"""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from smolagents.agents import CodeAgent, MultiStepAgent, ToolCallingAgent
from smolagents.local_python_executor import BASE_PYTHON_TOOLS
from smolagents.models import ChatMessage, MessageRole, Model
from smolagents.monitoring import LogLevel
from smolagents.tools import Tool as LibraryTool
from smolagents.utils import (
    AgentExecutionError,
    AgentMaxStepsError,
    AgentParsingError,
    AgentToolCallError,
)

from agent.plan import format_value
from agent.planner.llm.static_prompt import mark_static
from evals.peers.peer_failures import PeerError, PeerFailure
from evals.peers.workspace import MAX_STEPS, Workspace, parameters_of
from tools.sdk.plan_types import Value
from tools.sdk.tool import Parameter, Tool

R = TypeVar("R")
Call = Callable[[str, Mapping[str, Any]], Value]
"""Calls a tool from the thread that smolagents runs in."""

_JSON_TYPES = {"Text": "string", "Number": "number", "Integer": "integer", "Boolean": "boolean"}
_KINDS: tuple[tuple[type[Exception], PeerFailure], ...] = (
    (AgentParsingError, PeerFailure.UNPARSABLE),
    (AgentToolCallError, PeerFailure.WRONG_ARGUMENT),
    (AgentMaxStepsError, PeerFailure.TOO_MANY_STEPS),
)


async def answer_in_calls(workspace: Workspace, request: str) -> object:
    """Let the ToolCallingAgent answer; it passes media on by name."""
    bridge = _Bridge(workspace)

    def call_and_describe(name: str, arguments: Mapping[str, Any]) -> Value:
        value = bridge.call(name, arguments)
        return workspace.describe(value) if not isinstance(value, str | int | float) else value

    # smolagents replaces a name in its model's output by the value, so the value contains the name.
    values = {name: f"{name}: {format_value(v)}" for name, v in workspace.values.items()}
    return await _run(_CallingAgent, workspace, bridge, call_and_describe, request, values)


async def answer_in_code(workspace: Workspace, request: str) -> object:
    """Let the CodeAgent answer; its code holds the media themselves."""
    bridge = _Bridge(workspace)
    values = dict(workspace.values)
    return await _run(CodeAgent, workspace, bridge, bridge.call, request, values)


async def _run(
    kind: type[MultiStepAgent],
    workspace: Workspace,
    bridge: _Bridge,
    call: Call,
    request: str,
    values: Mapping[str, Value],
) -> object:
    peer = kind(
        tools=[_PeerTool(tool, call) for tool in workspace.tools.values()],
        model=_PeerModel(bridge),
        max_steps=MAX_STEPS,
        verbosity_level=LogLevel.OFF,
        step_callbacks=[_ErrorObserver(workspace)],
    )
    try:
        return await asyncio.to_thread(peer.run, request, additional_args=dict(values))
    except Exception as error:  # whatever the library raises is its failure
        message = f"{type(error).__name__}: {error}"
        raise PeerError(PeerFailure.NO_ANSWER, message) from error


class _Bridge:
    """Reach the workspace, whose calls need the event loop, from the library's thread."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._loop = asyncio.get_running_loop()

    def call(self, name: str, arguments: Mapping[str, Any]) -> Value:
        return self.wait_for(self.workspace.call(name, arguments))

    def wait_for(self, work: Coroutine[Any, Any, R]) -> R:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


class _ErrorObserver:
    """Record the errors of steps that no call of a tool has recorded."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._recorded = 0

    def __call__(self, step: Any, agent: MultiStepAgent) -> None:
        error: Exception | None = getattr(step, "error", None)
        is_recorded = len(self._workspace.failures) > self._recorded
        if error and not (is_recorded and isinstance(error, AgentExecutionError)):
            kind = next(
                (kind for library_error, kind in _KINDS if isinstance(error, library_error)), None
            )
            code: str = getattr(step, "code_action", None) or ""
            self._workspace.record(PeerError(kind or _kind_of_code(code, agent), str(error)), code)
        self._recorded = len(self._workspace.failures)


def _kind_of_code(code: str, agent: MultiStepAgent) -> PeerFailure:
    """Return why code failed that no tool has refused."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return PeerFailure.UNPARSABLE
    nodes = list(ast.walk(tree))
    assigned = {node.id for node in nodes if isinstance(node, ast.Name) and _is_store(node)}
    assigned |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    callable_names = assigned | agent.tools.keys() | agent.state.keys() | BASE_PYTHON_TOOLS.keys()
    called = {n.func.id for n in nodes if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    return PeerFailure.UNPARSABLE if called <= callable_names else PeerFailure.UNKNOWN_TOOL


def _is_store(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


class _CallingAgent(ToolCallingAgent):
    """The library's agent, which also passes unknown tools on, so that they are recorded."""

    def execute_tool_call(self, tool_name: str, arguments: dict[str, str] | str) -> Any:
        if tool_name not in self.tools:
            tool = next(tool for tool in self.tools.values() if isinstance(tool, _PeerTool))
            with suppress(PeerError):  # the library tells its model in its own words
                tool.call(tool_name, {})
        return super().execute_tool_call(tool_name, arguments)


class _PeerModel(Model):
    """An adapter of our language model for smolagents."""

    def __init__(self, bridge: _Bridge) -> None:
        super().__init__(flatten_messages_as_text=True, model_id="same as ours")
        self._bridge = bridge

    def generate(
        self,
        messages: list[Any],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, str] | None = None,
        tools_to_call_from: list[Any] | None = None,
        **options: Any,
    ) -> ChatMessage:
        workspace = self._bridge.workspace
        text = self._bridge.wait_for(
            workspace.ask(_to_langchain(messages), tuple(stop_sequences or ()))
        )
        return ChatMessage(role=MessageRole.ASSISTANT, content=text)


class _PeerTool(LibraryTool):
    """An adapter of one of our tools for smolagents."""

    skip_forward_signature_validation = True

    def __init__(self, tool: Tool[..., Any], call: Call) -> None:
        self.name = tool.name
        self.description = tool.description
        self.inputs = {p.name: _input_schema(p) for p in parameters_of(tool)}
        self.output_type = _JSON_TYPES.get(tool.returns.name, "any")
        self.call = call
        super().__init__()

    def forward(self, *positional: Any, **arguments: Any) -> Value:
        names = [*self.inputs, *(f"argument {n + 1}" for n in range(len(positional)))]
        by_position = dict(zip(names, positional, strict=False))
        return self.call(self.name, {**by_position, **arguments})


def _input_schema(parameter: Parameter) -> dict[str, Any]:
    kind = "array" if parameter.type.item else _JSON_TYPES.get(parameter.type.name, "any")
    schema: dict[str, Any] = {"type": kind, "description": str(parameter.type)}
    return schema if parameter.required else {**schema, "nullable": True}


def _to_langchain(messages: list[Any]) -> list[BaseMessage]:
    classes = {"system": SystemMessage, "assistant": AIMessage, "tool-call": AIMessage}
    converted: list[BaseMessage] = []
    for message in messages:
        content = message.content
        if isinstance(content, list):
            content = "\n".join(part.get("text", "") for part in content)
        role = str(getattr(message.role, "value", message.role))
        converted.append(classes.get(role, HumanMessage)(content or ""))
    if converted and isinstance(converted[0], SystemMessage):
        converted[:1] = mark_static(converted[:1])
    return converted
