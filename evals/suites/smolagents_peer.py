"""smolagents' agent loops, with the same language model and the same tools.

Its ToolCallingAgent writes one call at a time as JSON, its CodeAgent writes Python. Both read a
call's result before they write the next call, so they call the language model once a step.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import smolagents
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from smolagents.models import ChatMessage, MessageRole
from smolagents.monitoring import LogLevel, TokenUsage

from agent.plan import CallSite, format_value
from agent.record.events import Event
from agent.record.usage import Usage
from agent.runtime.agent_runtime import AgentRuntime
from agent.runtime.executor import CommandExecutor
from agent.runtime.retry_rules import Budget
from agent.runtime.run_coroutine import run_coroutine
from agent.runtime.session import Session
from evals.harness.attempt import Attempt, FailedCommand
from tools.media import Media
from tools.media.open_untrusted import open_media
from tools.sdk.plan_types import Value
from tools.sdk.tool import Parameter, Tool

Kind = str
KINDS: Mapping[Kind, type[smolagents.MultiStepAgent]] = {
    "tool calling": smolagents.ToolCallingAgent,
    "code": smolagents.CodeAgent,
}
MAX_STEPS = 6
_JSON_TYPES = {"Text": "string", "Number": "number", "Integer": "integer", "Boolean": "boolean"}


class PeerModel(smolagents.Model):
    """An adapter of our language model for smolagents that counts usage."""

    def __init__(self, model: BaseChatModel) -> None:
        super().__init__(flatten_messages_as_text=True, model_id="same as ours")
        self.calls = 0
        self.input_tokens = 0
        self.output_tokens = 0
        self._model = model

    def generate(
        self,
        messages: list[Any],
        stop_sequences: list[str] | None = None,
        response_format: dict[str, str] | None = None,
        tools_to_call_from: list[Any] | None = None,
        **options: Any,
    ) -> ChatMessage:
        # smolagents runs in a thread without an event loop.
        answer = run_coroutine(self._model.ainvoke(_to_langchain(messages), stop=stop_sequences))
        usage = answer.usage_metadata or {"input_tokens": 0, "output_tokens": 0}
        self.calls += 1
        self.input_tokens += usage["input_tokens"]
        self.output_tokens += usage["output_tokens"]
        return ChatMessage(
            role=MessageRole.ASSISTANT,
            content=answer.text,
            token_usage=TokenUsage(usage["input_tokens"], usage["output_tokens"]),
        )


class _PeerTool(smolagents.Tool):
    """An adapter of one of our tools for smolagents."""

    skip_forward_signature_validation = True

    def __init__(self, tool: Tool[..., Any], call: Callable[[Tool[..., Any], Any], Value]) -> None:
        self.name = tool.name
        self.description = tool.description
        self.inputs = {parameter.name: _input_schema(parameter) for parameter in tool.parameters}
        self.output_type = _JSON_TYPES.get(tool.returns.name, "any")
        self._tool = tool
        self._call = call
        super().__init__()

    def forward(self, **arguments: Any) -> Value:
        return self._call(self._tool, arguments)


class _PeerRuntime:
    """Execute the peer's calls with our runtime, from the peer's thread."""

    def __init__(self, session: Session, loop: asyncio.AbstractEventLoop) -> None:
        self.names: dict[str, Value] = {}
        self._loop = loop
        self._executor = CommandExecutor(
            session,
            run="peer",
            attempt=0,
            seed=0,
            finished_results={},
            stored=set(),
            emit=ignore_event,
            budget=Budget(),
            usage=Usage(Budget()),
        )
        self._calls = 0

    def call_tool(self, tool: Tool[..., Any], arguments: Mapping[str, Any]) -> Value:
        """Execute a call and return the value, for use in code."""
        self._calls += 1
        defaults = {p.name: p.default for p in tool.parameters if not p.required}
        site = CallSite(
            path=str(self._calls),
            tool=tool,
            pin="",
            arguments={**defaults, **{name: self._resolve(v) for name, v in arguments.items()}},
            line=0,
            text=f"{tool.name}({', '.join(arguments)})",
            name="",
            occurrence=self._calls,
        )
        work = cast("Any", self._executor(site))
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def call_and_describe(self, tool: Tool[..., Any], arguments: Mapping[str, Any]) -> Value:
        """Execute a call and return text; name media for later calls."""
        value = self.call_tool(tool, arguments)
        if not isinstance(value, Media):
            return value
        kind = type(value).__name__.lower()
        name = f"{kind}{sum(name_in_use.startswith(kind) for name_in_use in self.names) + 1}"
        self.names[name] = value
        return f"{name}: {format_value(value)}"

    def _resolve(self, value: Any) -> Value:
        if isinstance(value, list):
            return [self._resolve(item) for item in cast("list[Any]", value)]
        if isinstance(value, str) and (match := re.match(r"\w+", value)):
            return self.names.get(match[0], value) if match[0] in self.names else value
        return value


async def answer_as_peer(
    agent: AgentRuntime, kind: Kind, request: str, files: list[Path]
) -> Attempt:
    """Run the peer with our agent's tools and language model."""
    model = PeerModel(agent.session.language_model())
    peer_runtime = _PeerRuntime(agent.session, asyncio.get_running_loop())
    for file in files:
        medium = open_media(file)
        count = sum(name.startswith(medium.kind) for name in peer_runtime.names)
        peer_runtime.names[f"{medium.kind}{count + 1}"] = medium
    by_name = kind == "tool calling"
    # smolagents replaces a name in its model's output by the value, so the value contains the name.
    values: dict[str, Value] = {
        name: f"{name}: {format_value(medium)}" if by_name else medium
        for name, medium in peer_runtime.names.items()
    }
    tools = [tool for tool in agent.session.offered.values() if isinstance(tool, Tool)]
    call = peer_runtime.call_and_describe if by_name else peer_runtime.call_tool
    peer = KINDS[kind](
        tools=[_PeerTool(tool, call) for tool in tools],
        model=model,
        max_steps=MAX_STEPS,
        verbosity_level=LogLevel.OFF,
    )
    attempt = Attempt()
    start = time.monotonic()
    try:
        answer = await asyncio.to_thread(peer.run, request, additional_args=values)
    except Exception as error:  # noqa: BLE001  (any exception of the peer is its failure)
        attempt.state, attempt.error = "failed", f"{type(error).__name__}: {error}"
    else:
        attempt.state, attempt.answer = (
            "done",
            format_value(answer) if _is_value(answer) else str(answer),
        )
    for step in peer.memory.steps:
        output = getattr(step, "model_output", None)
        attempt.plan += f"{output}\n" if output else ""
        if fault := getattr(step, "error", None):
            attempt.failures.append(FailedCommand(text="", error=str(fault), kind="ToolError"))
    attempt.spent.seconds = round(time.monotonic() - start, 3)
    attempt.spent.language_model_calls = model.calls
    attempt.spent.input_tokens = model.input_tokens
    attempt.spent.output_tokens = model.output_tokens
    return attempt


def ignore_event(event: Event) -> None:
    pass


def _is_value(answer: object) -> bool:
    return answer is None or isinstance(answer, str | int | float | Media)


def _input_schema(parameter: Parameter) -> dict[str, Any]:
    kind = "array" if parameter.type.item else _JSON_TYPES.get(parameter.type.name, "any")
    schema: dict[str, Any] = {"type": kind, "description": str(parameter.type)}
    return schema if parameter.required else {**schema, "nullable": True}


def _to_langchain(messages: list[Any]) -> list[Any]:
    classes = {"system": SystemMessage, "assistant": AIMessage, "tool-call": AIMessage}
    converted: list[Any] = []
    for message in messages:
        content = message.content
        if isinstance(content, list):
            content = "\n".join(part.get("text", "") for part in content)
        role = str(getattr(message.role, "value", message.role))
        converted.append(classes.get(role, HumanMessage)(content or ""))
    return converted
