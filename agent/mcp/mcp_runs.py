"""Run requests and plans for a client: progress, cancellation, and the result as content."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
from mcp import types

from agent.mcp.mcp_backend import McpBackend
from agent.mcp.result_content import content_of, structured_value
from agent.record.control_characters import visible
from agent.record.events import (
    CommandFailed,
    CommandFinished,
    CommandProgress,
    CommandRetried,
    CommandStarted,
    Event,
    FileReduced,
    PlanAccepted,
    WeightsPulled,
)
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime

Report = Callable[[float, str], Awaitable[None]]
"""Sends the progress of a run: a number that grows, and a message."""

_SMALLEST_STEP = 0.001
_MESSAGE_CHARACTERS = 300


@dataclass
class RunProgress:
    """Counts finished commands; the protocol demands that each number is larger."""

    report: Report
    finished_commands: int = 0
    value: float = 0.0

    async def update(self, event: Event) -> None:
        """Report the event if a client can show it."""
        fraction = 0.0
        match event:
            case CommandStarted(text=text) | CommandFailed(text=text):
                message = text
            case CommandFinished(name=name, result_text=text):
                self.finished_commands += 1
                message = f"{name}: {text}" if name else text
            case CommandProgress(fraction=fraction, message=text):
                message = text or f"{fraction:.0%}"
            case CommandRetried(rule=rule):
                message = f"retried: {rule}"
            case WeightsPulled(model=model, done_bytes=done_bytes, total_bytes=total_bytes):
                message = f"downloading {model}: {done_bytes:,} of {total_bytes:,} bytes"
            case PlanAccepted():
                message = "the plan is ready"
            case FileReduced(text=text):
                message = text
            case _:
                return
        self.value = max(self.value + _SMALLEST_STEP, self.finished_commands + fraction)
        await self.report(self.value, visible(message)[:_MESSAGE_CHARACTERS])


async def finish_run(events: AsyncGenerator[Event], report: Report) -> RunOutcome:
    """Run to the end and report progress; cancelling stops the run and waits for its tools."""
    # A task of its own: a cancelled scope cancels again at each await of a run's cleanup.
    task = asyncio.create_task(RunOutcome().consume(events, RunProgress(report).update))
    try:
        await asyncio.wait({task})
    finally:
        if not task.done():
            task.cancel()
            with anyio.CancelScope(shield=True):
                await asyncio.wait({task})
    return await task


async def run_result(
    backend: McpBackend, outcome: RunOutcome, result_name: str = ""
) -> types.CallToolResult:
    """Render an ended run, with the value of one name of its plan if that is the result."""
    agent = backend.agent
    state: dict[str, Any] = {"run": outcome.run, "state": outcome.state}
    if outcome.state == "waiting":
        return _waiting(outcome, state)
    if outcome.state != "done":
        error = outcome.error or f"run {outcome.run!r} was {outcome.state}"
        return types.CallToolResult(
            content=[types.TextContent(text=visible(error))],
            structured_content=state | {"error": visible(error)},
            is_error=True,
        )
    if result_name:
        names = await agent.conversation_names(outcome.conversation)
        values = {result_name: names[result_name]}
        state["result"] = await asyncio.to_thread(
            structured_value, agent.session.store, names[result_name]
        )
    else:
        values = {result.name: result.value for result in outcome.results}
        state |= {"answer": outcome.answer, "plan": outcome.plan}
        state["conversation"] = backend.conversation_of(outcome)
        state["results"] = {
            name: await asyncio.to_thread(structured_value, agent.session.store, value)
            for name, value in values.items()
        }
    return types.CallToolResult(
        content=await _content(agent, outcome, values), structured_content=state
    )


async def _content(
    agent: AgentRuntime, outcome: RunOutcome, values: Mapping[str, Any]
) -> list[types.ContentBlock]:
    content: list[types.ContentBlock] = []
    if outcome.answer:
        content.append(types.TextContent(text=visible(outcome.answer)))
    for name, value in values.items():
        content += await asyncio.to_thread(content_of, agent.session.store, name, value)
    return content


def _waiting(outcome: RunOutcome, state: Mapping[str, Any]) -> types.CallToolResult:
    reasons = "".join(f"because {reason}\n" for reason in outcome.reasons)
    text = (
        f"run {outcome.run!r} waits until the user agrees to its plan:\n{outcome.plan}\n{reasons}"
        "hint: show the plan to the user, then call decide_run"
    )
    return types.CallToolResult(
        content=[types.TextContent(text=visible(text))],
        structured_content={**state, "plan": outcome.plan, "reasons": list(outcome.reasons)},
    )
