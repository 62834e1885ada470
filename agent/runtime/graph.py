"""The graph of a run: perceive, plan, review, execute, answer.

    perceive → plan → review → execute → answer
        │       ↑                 │        ↑
        │       └── what failed with a wrong argument
        └─────────── converse ─────────────┘   if a joint model conducts (agent/joint/)

LangGraph writes the state to a checkpoint after every node. The state holds no media, only
references to artifacts. Inside `execute` the plan is dataflow: see agent/plan/run/interpreter.py.
The results of single commands are in the trace of the run, not in LangGraph's tasks: tasks are
keyed by the order of calls, which is not stable for branches that run in parallel.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, NoReturn, TypedDict, cast

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt

from agent.joint.conductor import conduct, is_joint
from agent.joint.dialogue import NamedExchange, Part
from agent.plan import (
    AnswerStyle,
    CheckedPlan,
    Interpretation,
    Message,
    Placeholder,
    answer_source,
    commands,
    final_names,
    format_value,
    interpret,
    names_in,
    style_for,
    tools_of,
)
from agent.plan.answer.compose import compose_message
from agent.planner.planner import Planner
from agent.planner.prompts import SHOWN_TURNS, ConversationTurn
from agent.record.artifacts import ArtifactStore, Encoded, references, types_of
from agent.record.events import (
    AnswerFinished,
    ClientCall,
    CommandFailed,
    CommandSkipped,
    Estimate,
    Event,
    NamedValue,
    PlanAccepted,
    PlanStep,
)
from agent.record.journal import Runs
from agent.record.run_outcome import RunOutcome, answered_runs
from agent.record.usage import Usage
from agent.runtime.conversation_state import Turn, read_turns
from agent.runtime.executor import CommandExecutor
from agent.runtime.remote_models import cards_to_approve
from agent.runtime.retry_rules import Budget, RetryRule, rule_for
from agent.runtime.session import Session
from tools.errors import BadArgument, BatutaError
from tools.media import Document
from tools.sdk.plan_types import Value

NOT_DONE = "This could not be done:"
"""The line of an answer before the list of failures."""

StateUpdate = dict[str, object]
"""The state update that a node returns."""

_MAX_ERROR_CHARACTERS = 160

Segment = dict[str, Encoded]
"""A segment of an answer: {"text": …} or a result {"name": …, "value": …}."""


class State(TypedDict):
    """The state of a run in its checkpoints.

    `names` and `runs` are the conversation: they are kept from run to run. What its runs answered
    is in their traces.
    """

    run: str
    request: str
    files: list[dict[str, Encoded]]
    given_plan: str
    seed: int
    ask_first: bool
    ask_if_costly: bool
    names: dict[str, Encoded]
    """The values a plan may refer to: files, and results of this and earlier turns."""
    adopted_turns: list[Turn]
    """Turns that the conversation was begun with: no run of it led to them."""
    runs: list[str]
    """The runs of the conversation so far, this one included."""
    attempt: int
    plan: str
    plan_names: dict[str, Encoded]
    """The names that `plan` was checked against."""
    failure_report: str
    """What failed when `plan` ran, for the planner's next attempt."""
    failures: list[str]
    messages: list[list[Segment]]
    """What the plan's `say` lines, or a joint model, answered."""
    remarks: list[str]
    """What named plans add to the answer."""
    final_names: list[str]
    """The results that no command uses, for an answer without a message."""


@dataclass(frozen=True)
class Context:
    """Dependencies of the nodes of one run; not part of a checkpoint."""

    run: str
    runs: Runs
    session: Session
    planner: Planner | None
    finished_results: Mapping[tuple[int, str], Encoded]
    emit: Callable[[Event], None]
    budget: Budget
    usage: Usage
    estimate: Callable[[CheckedPlan], Estimate]
    checked_plans: dict[str, CheckedPlan] = field(default_factory=dict[str, CheckedPlan])
    """Cache of the plans that were checked for the run, by their text."""

    def read_plan(self, text: str, names: Mapping[str, Encoded]) -> CheckedPlan:
        """Check a plan against the names of the run, at most once."""
        if text not in self.checked_plans:
            self.checked_plans[text] = self.session.read_plan(text, names)
        return self.checked_plans[text]


class PlanRefused(BatutaError):  # noqa: N818
    """The person refused the plan."""


def build_graph() -> StateGraph[State, Context]:
    """Build the graph of a run, not yet compiled."""
    graph: StateGraph[State, Context] = StateGraph(State, context_schema=Context)
    graph.add_node("perceive", perceive)
    graph.add_node("plan", plan)
    graph.add_node("review", review)
    graph.add_node("execute", execute)
    graph.add_node("converse", converse)
    graph.add_node("answer", answer)
    graph.add_edge(START, "perceive")
    graph.add_conditional_edges("perceive", _route_to_conductor, ["plan", "converse"])
    graph.add_edge("converse", "answer")
    graph.add_edge("plan", "review")
    graph.add_edge("review", "execute")
    graph.add_edge("answer", END)
    return graph


def name_uploads(names: Mapping[str, Encoded], uploads: Sequence[Encoded]) -> list[NamedValue]:
    """Name the new files image1, audio1, …

    Numbers continue from earlier turns. The images of a folder are one list, images1.
    """
    used_names = set(names)
    files: list[NamedValue] = []
    for upload in uploads:
        kind = upload["kind"] if isinstance(upload, dict) else "text"
        if isinstance(upload, list):
            kind = "images"
        number = next(n for n in itertools.count(1) if f"{kind}{n}" not in used_names)
        used_names.add(f"{kind}{number}")
        files.append(NamedValue(f"{kind}{number}", upload))
    return files


async def perceive(state: State) -> StateUpdate:
    """Add the files to the conversation and reset the run's state."""
    files = {cast("str", file["name"]): file["value"] for file in state["files"]}
    names = state.get("names", {}) | files
    return {
        "names": names,
        "runs": [*_earlier_runs(state), state["run"]],
        "attempt": 0,
        "failure_report": "",
        "failures": [],
        "messages": [],
        "remarks": [],
        "final_names": [],
    }


def _earlier_runs(state: State) -> list[str]:
    return [run for run in state.get("runs", []) if run != state["run"]]


def _route_to_conductor(state: State, runtime: Runtime[Context]) -> Literal["plan", "converse"]:
    """Route to `converse` if a joint model conducts, else to `plan`."""
    joint = is_joint(runtime.context.session.language_model_name)
    return "converse" if joint and not state["given_plan"] else "plan"


async def converse(state: State, runtime: Runtime[Context]) -> StateUpdate:
    """Answer with the joint model and the generators that it calls."""
    context = runtime.context
    store = context.session.store
    files = [file["value"] for file in state["files"]]
    if any(isinstance(value, str) or _is_document(value) for value in files):
        raise BadArgument(
            "a joint model accepts pictures, films and sounds, not text files or documents",
            hint="write the text into the request, or choose another language model",
        )
    outcomes = await asyncio.to_thread(list, answered_runs(context.runs, _earlier_runs(state)))
    dialogue = [
        *(_decode_exchange(outcome, state["names"], store) for outcome in reversed(outcomes)),
        NamedExchange(_decode_media(files, state["names"], store), state["request"]),
    ]
    reply = await conduct(
        context.session.language_model_name,
        dialogue,
        _executor(context, state, attempt=0),
        context.emit,
        lambda name: store.decode(state["names"].get(name)),
        context.session.catalogue,
    )
    context.usage.begin_call(reply.tokens_written)
    context.usage.add(reply.tokens_read, reply.tokens_written)
    results = name_uploads(state["names"], [store.encode(result) for result in reply.values])
    segments: list[Segment] = [{"text": reply.text + " "}]
    segments += [{"name": each.name, "value": each.value} for each in results]
    names = state["names"] | {each.name: each.value for each in results}
    return {"names": names, "messages": [segments], "plan": ""}


def _decode_exchange(
    outcome: RunOutcome, names: Mapping[str, Encoded], store: ArtifactStore
) -> NamedExchange:
    media = _decode_media([file.value for file in outcome.files], names, store)
    return NamedExchange(media, outcome.request, outcome.answer_text)


def _decode_media(
    media: Sequence[Encoded], names: Mapping[str, Encoded], store: ArtifactStore
) -> tuple[Part, ...]:
    return tuple(Part(store.decode(value), _name_of(value, names)) for value in media)


def _is_document(value: Encoded) -> bool:
    return isinstance(value, dict) and value["kind"] == Document.kind


def _name_of(value: Encoded, names: Mapping[str, Encoded]) -> str:
    """Return the name of a file or mark."""
    return next((name for name, candidate in names.items() if candidate == value), "")


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
            _earlier_runs(state),
            state.get("adopted_turns", []),
            SHOWN_TURNS,
        )
        checked = await context.planner.plan(
            state["request"],
            types_of(names),
            context.session.describe_values(names),
            [ConversationTurn(**turn) for turn in turns],
            state["failure_report"],
            tools=context.session.offered_for(names),
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
    store = context.session.store
    checked = context.read_plan(state["plan"], state["plan_names"])
    used_names = names_in(checked.plan)
    encoded = {name: value for name, value in state["plan_names"].items() if name in used_names}
    inputs = await asyncio.to_thread(_decode_all, store, encoded)
    executor = _executor(context, state, attempt, checked)
    context.session.prepare(context.run, list(tools_of(checked)))
    try:
        outcome = await interpret(checked, inputs, executor, style_for(state["request"]))
    finally:
        context.session.residency.forget(context.run)
    if executor.client_calls:
        _wait_for_client(executor.client_calls)
    _report_failures(outcome, executor, context.emit)
    results = await asyncio.to_thread(_encode_all, store, outcome.values)
    names = state["plan_names"] | results
    state_update: StateUpdate = {"names": names, "attempt": attempt + 1}
    fixable = any(rule_for(failure.error) is RetryRule.FIX for failure in outcome.failures)
    if fixable and context.planner and attempt < context.budget.replans:
        return Command(
            goto="plan",
            update={**state_update, "failure_report": _failure_report(checked, outcome)},
        )
    state_update["messages"] = [_encode_message(message, store) for message in outcome.messages]
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


def _decode_all(store: ArtifactStore, values: Mapping[str, Encoded]) -> dict[str, Value]:
    return {name: store.decode(value) for name, value in values.items()}


def _encode_all(store: ArtifactStore, values: Mapping[str, Value]) -> dict[str, Encoded]:
    return {name: store.encode(value) for name, value in values.items()}


def _executor(
    context: Context, state: State, attempt: int, checked: CheckedPlan | None = None
) -> CommandExecutor:
    is_approved = state["ask_first"]
    sent_to = cards_to_approve(checked, context.session) if checked and is_approved else ()
    return CommandExecutor(
        context.session,
        run=context.run,
        attempt=attempt,
        seed=state["seed"],
        finished_results={
            path: value
            for (result_attempt, path), value in context.finished_results.items()
            if result_attempt == attempt
        },
        emit=context.emit,
        budget=context.budget,
        usage=context.usage,
        # Whoever approved the plan saw what it has to fetch, and where it sends data.
        fetch_approved=is_approved,
        approved_endpoints=frozenset(card.id for card in sent_to),
    )


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


async def answer(state: State, runtime: Runtime[Context]) -> StateUpdate:
    """Answer with what the plan says, or describe its results."""
    context = runtime.context
    segments = [segment for message in state["messages"] for segment in [*message, {"text": "\n"}]]
    if not segments:
        segments = await _answer_without_say(state, context)
    segments += [{"text": f"{remark}\n"} for remark in state.get("remarks", [])]
    if state["failures"]:
        segments.append({"text": f"\n{NOT_DONE}\n" + "\n".join(state["failures"])})
    text = "".join(
        cast("str", segment.get("text") or f"[{segment.get('name')}]") for segment in segments
    ).strip()
    results = {
        cast("str", segment["name"]): segment["value"] for segment in segments if "name" in segment
    }
    named_results = [NamedValue(name, value) for name, value in results.items()]
    source = ""
    if state["messages"] and state["plan"] and not (named_results or state["failures"]):
        source = answer_source(context.read_plan(state["plan"], state["plan_names"]))
    context.emit(AnswerFinished(text, named_results, source))
    return {}


async def _answer_without_say(state: State, context: Context) -> list[Segment]:
    """Describe the unused results, with the language model if there is one."""
    store = context.session.store
    results = {
        name: state["names"][name] for name in state["final_names"] if name in state["names"]
    }
    style = style_for(state["request"])
    texts = {name: _as_text(store.decode(value), style) for name, value in results.items()}
    if context.planner:
        failures = "\n".join(state["failures"])
        text = await context.planner.answer(state["request"], texts, failures)
    else:
        text = "\n".join(f"{name}: {value_text}" for name, value_text in texts.items())
    media: list[Segment] = [
        {"name": name, "value": value} for name, value in results.items() if references(value)
    ]
    return [{"text": text + "\n"}, *media]


def _as_text(value: Value, style: AnswerStyle) -> str:
    """Return a value as people read it, media by their description."""
    segments = compose_message([Placeholder(value)], style)
    return "".join(
        segment if isinstance(segment, str) else format_value(segment.value) for segment in segments
    )


def _encode_message(message: Message, store: ArtifactStore) -> list[Segment]:
    return [
        {"text": segment}
        if isinstance(segment, str)
        else {"name": segment.name or "result", "value": store.encode(segment.value)}
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
