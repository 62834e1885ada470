"""The nodes of a run that has a plan: perceive, plan, review and execute.

Inside `execute` the plan is dataflow: see agent/plan/run/interpreter.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Literal, NoReturn, cast

from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt

from agent.joint.conductor import is_joint
from agent.plan import (
    CheckedPlan,
    Interpretation,
    Message,
    commands,
    final_names,
    interpret,
    names_in,
    style_for,
    tools_of,
)
from agent.planner.prompts import SHOWN_TURNS, ConversationTurn
from agent.record.artifacts import types_of
from agent.record.events import (
    ClientCall,
    CommandFailed,
    CommandSkipped,
    Event,
    PlanAccepted,
    PlanStep,
)
from agent.runtime.command_executor import CommandExecutor
from agent.runtime.conversation_state import read_turns
from agent.runtime.graph.graph_state import Context, Segment, State, StateUpdate, earlier_runs
from agent.runtime.remote_models import cards_to_approve
from agent.runtime.retry_rules import RetryRule, rule_for
from tools.errors import BatutaError

_MAX_ERROR_CHARACTERS = 160


class PlanRefused(BatutaError):  # noqa: N818
    """The person refused the plan."""


async def perceive(state: State) -> StateUpdate:
    """Add the files to the conversation and reset the run's state."""
    files = {cast("str", file["name"]): file["value"] for file in state["files"]}
    names = state.get("names", {}) | files
    return {
        "names": names,
        "runs": [*earlier_runs(state), state["run"]],
        "attempt": 0,
        "failure_report": "",
        "failures": [],
        "messages": [],
        "remarks": [],
        "final_names": [],
    }


def route_to_conductor(state: State, runtime: Runtime[Context]) -> Literal["plan", "converse"]:
    """Route to `converse` if a joint model conducts, else to `plan`."""
    joint = is_joint(runtime.context.session.language_model_name)
    return "converse" if joint and not state["given_plan"] else "plan"


async def plan(state: State, runtime: Runtime[Context]) -> StateUpdate:
    """Write a plan, or use the given one, and check it."""
    context = runtime.context
    names = state["names"]
    if state["given_plan"]:
        checked = context.read_plan(state["given_plan"], names)
    else:
        assert context.planner
        turns = await asyncio.to_thread(
            read_turns,
            context.runs,
            earlier_runs(state),
            state.get("adopted_turns", []),
            SHOWN_TURNS,
        )
        # An artifact of an older store is decoded once to be described.
        descriptions = await asyncio.to_thread(context.session.describe_values, names)
        tools = await asyncio.to_thread(context.session.offered_for, names)
        checked = await context.planner.plan(
            state["request"],
            types_of(names),
            descriptions,
            [ConversationTurn(**turn) for turn in turns],
            state["failure_report"],
            tools=tools,
        )
    context.checked_plans[checked.text] = checked
    context.emit(accepted_event(checked, state["attempt"]))
    ask = (
        state["ask_first"]
        or any(tool.ask for tool in tools_of(checked))
        or bool(cards_to_approve(checked, context.session))
    )
    if not ask and state.get("ask_if_costly"):
        ask = bool(context.estimate(checked).reasons)
    return {"plan": checked.text, "plan_names": names, "ask_first": ask}


def accepted_event(checked: CheckedPlan, attempt: int) -> PlanAccepted:
    """Return the event that shows an accepted plan with its steps."""
    steps = [
        PlanStep(step.path, step.name, step.tool, step.text, step.line, list(step.needs))
        for step in commands(checked)
    ]
    return PlanAccepted(attempt, checked.text, steps)


async def review(state: State, runtime: Runtime[Context]) -> StateUpdate:
    """Wait for the person's decision on the plan, if it needs approval."""
    if not state["ask_first"]:
        return {}
    # On resume, interrupt() runs this node again from its start: no side effects before this line.
    decision = cast("dict[str, str]", interrupt({"plan": state["plan"]}))
    if decision["answer"] == "refuse":
        raise PlanRefused("the plan was refused", hint="say what should be different")
    if not decision.get("plan"):
        return {}
    checked = runtime.context.read_plan(decision["plan"], state["plan_names"])
    runtime.context.emit(accepted_event(checked, state["attempt"]))
    return {"plan": checked.text}


async def execute(state: State, runtime: Runtime[Context]) -> Command[Literal["plan", "answer"]]:
    """Run the plan as dataflow and store the results that it produced."""
    context = runtime.context
    attempt = state["attempt"]
    checked = context.read_plan(state["plan"], state["plan_names"])
    used_names = names_in(checked.plan)
    executor = context.executor(state, attempt, checked)
    inputs = {
        name: await executor.decode(value)
        for name, value in state["plan_names"].items()
        if name in used_names
    }
    context.session.prepare(context.run, list(tools_of(checked)))
    try:
        outcome = await interpret(checked, inputs, executor, style_for(state["request"]))
    finally:
        context.session.residency.forget(context.run)
    if executor.client_calls:
        _wait_for_client(executor.client_calls)
    _report_failures(outcome, executor, context.emit)
    results = {name: await executor.encode(value) for name, value in outcome.values.items()}
    names = state["plan_names"] | results
    state_update: StateUpdate = {"names": names, "attempt": attempt + 1}
    fixable = any(rule_for(failure.error) is RetryRule.FIX for failure in outcome.failures)
    if fixable and context.planner and attempt < context.budget.replans:
        return Command(
            goto="plan",
            update={**state_update, "failure_report": _failure_report(checked, outcome)},
        )
    state_update["messages"] = [
        await _encode_message(message, executor) for message in outcome.messages
    ]
    state_update["remarks"] = list(outcome.remarks)
    # A value that only a skipped command would use is still part of the answer.
    state_update["final_names"] = list(
        final_names(checked, {skip.path for skip in outcome.skipped})
    )
    state_update["failures"] = [f"{failure.text}: {failure.error}" for failure in outcome.failures]
    return Command(goto="answer", update=state_update)


def _wait_for_client(calls: Sequence[ClientCall]) -> NoReturn:
    """Wait for the results of the client's calls, which the trace holds on resume.

    LangGraph runs the node again then, and `interrupt` returns once for each earlier wait.
    """
    waiting = {"calls": [asdict(call) for call in calls]}
    while True:
        interrupt(waiting)


def _report_failures(
    outcome: Interpretation, executor: CommandExecutor, emit: Callable[[Event], None]
) -> None:
    for failure in outcome.failures:
        if failure.path not in executor.failed_paths:  # in an expression, not in a tool
            emit(
                CommandFailed.from_error(
                    failure.path, failure.name, failure.text, failure.line, failure.error
                )
            )
    for skip in outcome.skipped:
        emit(CommandSkipped(skip.path, skip.name, skip.text, skip.reason))


async def _encode_message(message: Message, executor: CommandExecutor) -> list[Segment]:
    return [
        {"text": segment}
        if isinstance(segment, str)
        else {"name": segment.name or "result", "value": await executor.encode(segment.value)}
        for segment in message
    ]


def _failure_report(checked: CheckedPlan, outcome: Interpretation) -> str:
    """Return the part of the planner's prompt that describes a failed plan."""
    finished = ", ".join(outcome.values) or "nothing"
    failures = "\n".join(
        f"line {failure.line}: {failure.text}: {_truncate_error(failure.error)}"
        for failure in outcome.failures
    )
    return f"{checked.text}\n\nfinished: {finished}\nfailed:\n{failures}"


def _truncate_error(error: BatutaError) -> str:
    """Truncate an error: small models copy long lists from their prompt."""
    message = error.message
    if len(message) > _MAX_ERROR_CHARACTERS:
        message = message[:_MAX_ERROR_CHARACTERS] + "…"
    return f"{message}\nhint: {error.hint}" if error.hint else message
