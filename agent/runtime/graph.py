"""The graph of a run: perceive, plan, review, execute, answer.

    perceive → plan → review → execute → answer
        │       ↑                 │        ↑
        │       └── what a wrong argument left undone
        └─────────── converse ─────────────┘   where a joint model conducts (agent/joint/)

LangGraph keeps its state in a checkpoint after every node. There is no media in it, only
references to artifacts. Inside `execute` the plan is dataflow: see agent/plan/run/interpreter.py.
The results of single commands are kept by the run's trace, not by LangGraph's tasks: those are
keyed by the order of calls, which for plans with branches of unequal speed is not an identity.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypedDict, cast

from langchain_core.messages.ai import UsageMetadata
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime
from langgraph.types import Command, interrupt

from agent.joint.conductor import conduct, is_joint
from agent.joint.dialogue import Part
from agent.plan import (
    CheckedPlan,
    Interpretation,
    Message,
    commands,
    ends,
    interpret,
    names_in,
    show,
    tools_of,
)
from agent.planner.planner import Planner
from agent.planner.prompts import Turn
from agent.record.artifacts import ArtifactStore, Encoded, references, types_of
from agent.record.events import (
    Answered,
    CommandFailed,
    CommandSkipped,
    Estimate,
    Event,
    Named,
    PlanAccepted,
    PlanStep,
)
from agent.record.usage import Usage
from agent.runtime.executor import Performer
from agent.runtime.retry_rules import Budget, Rule, rule_for
from agent.runtime.session import Orchestra
from tools.errors import BadArgument, BatutaError
from tools.sdk.plan_types import Value

NOT_DONE = "This could not be done:"
"""What an answer says before it lists what failed."""

Changes = dict[str, object]
"""What a node changes in the state."""

_TOLD_CHARACTERS = 160

Segment = dict[str, Encoded]
"""A piece of an answer: {"text": …} or a result {"name": …, "value": …}."""


class State(TypedDict):
    """What a checkpoint holds. `names`, `turns` and `dialogue` outlive the run: they are the
    conversation."""

    run: str
    request: str
    files: list[dict[str, Encoded]]
    given_plan: str
    seed: int
    ask_first: bool
    ask_if_costly: bool
    names: dict[str, Encoded]
    """Everything a plan may refer to: files, and results of this and earlier turns."""
    turns: list[dict[str, str]]
    dialogue: list[Encoded]
    """The same conversation as a joint model reads it: media, request, answer, media, …"""
    runs: list[str]
    """The runs of the conversation so far, this one included."""
    attempt: int
    plan: str
    plan_names: dict[str, Encoded]
    """What `plan` was checked against."""
    trouble: str
    failures: list[str]
    said: list[list[Segment]]
    ends: list[str]


@dataclass(frozen=True)
class Context:
    """What the nodes of one run work with; it is not kept."""

    run: str
    orchestra: Orchestra
    planner: Planner | None
    finished: Mapping[tuple[int, str], Encoded]
    emit: Callable[[Event], None]
    budget: Budget
    usage: Usage
    estimate: Callable[[CheckedPlan], Estimate]
    checked: dict[str, CheckedPlan] = field(default_factory=dict[str, CheckedPlan])
    """The plans that this process has checked for the run, by their text."""

    def read_plan(self, text: str, names: Mapping[str, Encoded]) -> CheckedPlan:
        """Check the plan, unless an earlier node has; the names in scope are the run's."""
        if text not in self.checked:
            self.checked[text] = self.orchestra.read_plan(text, names)
        return self.checked[text]


class PlanRefused(BatutaError):  # noqa: N818
    """The person said no to the plan."""


def build_graph() -> StateGraph[State, Context]:
    graph: StateGraph[State, Context] = StateGraph(State, context_schema=Context)
    graph.add_node("perceive", perceive)
    graph.add_node("plan", plan)
    graph.add_node("review", review)
    graph.add_node("execute", execute)
    graph.add_node("converse", converse)
    graph.add_node("answer", answer)
    graph.add_edge(START, "perceive")
    graph.add_conditional_edges("perceive", _conductor, ["plan", "converse"])
    graph.add_edge("converse", "answer")
    graph.add_edge("plan", "review")
    graph.add_edge("review", "execute")
    graph.add_edge("answer", END)
    return graph


def name_uploads(names: Mapping[str, Encoded], uploads: Sequence[Encoded]) -> list[Named]:
    """The new files under their names: image1, audio1, … on from those of earlier turns.

    The pictures of a folder are one list, images1.
    """
    taken = set(names)
    files: list[Named] = []
    for upload in uploads:
        kind = upload["kind"] if isinstance(upload, dict) else "text"
        if isinstance(upload, list):
            kind = "images"
        number = next(n for n in itertools.count(1) if f"{kind}{n}" not in taken)
        taken.add(f"{kind}{number}")
        files.append(Named(f"{kind}{number}", upload))
    return files


async def perceive(state: State) -> Changes:
    """Take in the new files beside what the conversation knows already."""
    files = {cast("str", file["name"]): file["value"] for file in state["files"]}
    names = state.get("names", {}) | files
    earlier = [run for run in state.get("runs", []) if run != state["run"]]
    return {
        "names": names,
        "runs": [*earlier, state["run"]],
        "attempt": 0,
        "trouble": "",
        "failures": [],
        "said": [],
        "ends": [],
    }


def _conductor(state: State, runtime: Runtime[Context]) -> Literal["plan", "converse"]:
    """What comes after the files have names: a joint model needs no plan."""
    joint = is_joint(runtime.context.orchestra.language_model_name)
    return "converse" if joint and not state["given_plan"] else "plan"


async def converse(state: State, runtime: Runtime[Context]) -> Changes:
    """Have the joint model answer, and generators make what it asks for."""
    context = runtime.context
    store = context.orchestra.store
    files = [file["value"] for file in state["files"]]
    if any(isinstance(value, str) for value in files):
        raise BadArgument(
            "a joint model takes pictures, films and sounds, and no text files",
            hint="write in the request what it should know, or choose another language model",
        )
    asked = [*state.get("dialogue", []), *files, state["request"]]
    answered = await conduct(
        context.orchestra.language_model_name,
        [Part(store.decode(value), _name_of(value, state["names"])) for value in asked],
        _performer(context, state, attempt=0),
        context.emit,
        lambda name: store.decode(state["names"].get(name)),
    )
    context.usage.begin_call(answered.tokens_written)
    context.usage.add(
        UsageMetadata(
            input_tokens=answered.tokens_read,
            output_tokens=answered.tokens_written,
            total_tokens=answered.tokens_read + answered.tokens_written,
        )
    )
    made = name_uploads(state["names"], [store.encode(each) for each in answered.made])
    said: list[Segment] = [{"text": answered.text + " "}]
    said += [{"name": each.name, "value": each.value} for each in made]
    names = state["names"] | {each.name: each.value for each in made}
    return {"names": names, "said": [said], "plan": ""}


def _name_of(value: Encoded, names: Mapping[str, Encoded]) -> str:
    """What a file or mark is called; words have no name."""
    if isinstance(value, str):
        return ""
    return next((name for name, known in names.items() if known == value), "")


async def plan(state: State, runtime: Runtime[Context]) -> Changes:
    """Write the plan, or take the one that was given, and check it."""
    context = runtime.context
    names = state["names"]
    if state["given_plan"]:
        checked = context.read_plan(state["given_plan"], names)
    else:
        assert context.planner
        turns = [Turn(**turn) for turn in state.get("turns", [])]
        checked = await context.planner.plan(
            state["request"],
            types_of(names),
            context.orchestra.told_of(names),
            turns,
            state["trouble"],
            tools=context.orchestra.offered_for(names),
        )
    context.checked[checked.text] = checked
    context.emit(accepted(checked, state["attempt"]))
    ask = state["ask_first"] or any(tool.ask for tool in tools_of(checked))
    if not ask and state.get("ask_if_costly"):
        ask = bool(context.estimate(checked).reasons)
    return {"plan": checked.text, "plan_names": names, "ask_first": ask}


def accepted(checked: CheckedPlan, attempt: int) -> PlanAccepted:
    shown = [
        PlanStep(step.path, step.name, step.tool, step.text, step.line, list(step.needs))
        for step in commands(checked)
    ]
    return PlanAccepted(attempt, checked.text, shown)


async def review(state: State) -> Changes:
    """Wait for the person's word on the plan, where they want to be asked."""
    if not state["ask_first"]:
        return {}
    # interrupt() runs this node from its start when the word has come: nothing may stand before.
    decision = cast("dict[str, str]", interrupt({"plan": state["plan"]}))
    if decision["answer"] == "refuse":
        raise PlanRefused("the plan was refused", hint="say what should be different")
    return {"plan": decision.get("plan") or state["plan"]}


async def execute(state: State, runtime: Runtime[Context]) -> Command[Literal["plan", "answer"]]:
    """Run the plan as dataflow and keep whatever it finished."""
    context = runtime.context
    attempt = state["attempt"]
    store = context.orchestra.store
    checked = context.read_plan(state["plan"], state["plan_names"])
    used = names_in(checked.plan)
    encoded = {name: value for name, value in state["plan_names"].items() if name in used}
    given = await asyncio.to_thread(_decode_all, store, encoded)
    performer = _performer(context, state, attempt)
    context.orchestra.prepare(context.run, list(tools_of(checked)))
    try:
        outcome = await interpret(checked, given, performer)
    finally:
        context.orchestra.residency.forget(context.run)
    _tell_what_did_not_run(outcome, performer, context.emit)
    made = await asyncio.to_thread(_encode_all, store, outcome.values)
    names = state["plan_names"] | made
    kept: Changes = {"names": names, "attempt": attempt + 1}
    fixable = any(rule_for(failure.error) is Rule.FIX for failure in outcome.failures)
    if fixable and context.planner and attempt < context.budget.replans:
        return Command(goto="plan", update={**kept, "trouble": _tell_trouble(checked, outcome)})
    kept["said"] = [_encode_message(message, store) for message in outcome.said]
    # What was to be said together with something that failed is told all the same.
    kept["ends"] = list(ends(checked, {skip.path for skip in outcome.skipped}))
    kept["failures"] = [f"{failure.text}: {failure.error}" for failure in outcome.failures]
    return Command(goto="answer", update=kept)


def _decode_all(store: ArtifactStore, values: Mapping[str, Encoded]) -> dict[str, Value]:
    return {name: store.decode(value) for name, value in values.items()}


def _encode_all(store: ArtifactStore, values: Mapping[str, Value]) -> dict[str, Encoded]:
    return {name: store.encode(value) for name, value in values.items()}


def _performer(context: Context, state: State, attempt: int) -> Performer:
    return Performer(
        context.orchestra,
        run=context.run,
        attempt=attempt,
        seed=state["seed"],
        finished={path: value for (of, path), value in context.finished.items() if of == attempt},
        emit=context.emit,
        budget=context.budget,
        usage=context.usage,
    )


def _tell_what_did_not_run(
    outcome: Interpretation, performer: Performer, emit: Callable[[Event], None]
) -> None:
    for failure in outcome.failures:
        if failure.path not in performer.failed:  # in an expression, not in a tool
            error, kind = str(failure.error), type(failure.error).__name__
            emit(CommandFailed(failure.path, failure.name, failure.text, failure.line, error, kind))
    for skip in outcome.skipped:
        emit(CommandSkipped(skip.path, skip.name, skip.text, skip.reason))


async def answer(state: State, runtime: Runtime[Context]) -> Changes:
    """What the plan said; where it said nothing, what the language model makes of the results."""
    context = runtime.context
    segments = [segment for message in state["said"] for segment in [*message, {"text": "\n"}]]
    if not segments:
        segments = await _answer_without_say(state, context)
    if state["failures"]:
        segments.append({"text": f"\n{NOT_DONE}\n" + "\n".join(state["failures"])})
    text = "".join(
        cast("str", segment.get("text") or f"[{segment.get('name')}]") for segment in segments
    ).strip()
    results = {
        cast("str", segment["name"]): segment["value"] for segment in segments if "name" in segment
    }
    context.emit(Answered(text, [Named(name, value) for name, value in results.items()]))
    turn = {"request": state["request"], "plan": state["plan"], "answer": text}
    return {
        "turns": [*state.get("turns", []), turn],
        "dialogue": [
            *state.get("dialogue", []),
            *(file["value"] for file in state["files"]),
            state["request"],
            "".join(cast("str", segment.get("text", "")) for segment in segments).strip(),
        ],
    }


async def _answer_without_say(state: State, context: Context) -> list[Segment]:
    """The results that no other command used, told by the language model where there is one."""
    store = context.orchestra.store
    results = {name: state["names"][name] for name in state["ends"] if name in state["names"]}
    words = {name: show(store.decode(value)) for name, value in results.items()}
    if context.planner:
        failures = "\n".join(state["failures"])
        text = await context.planner.answer(state["request"], words, failures)
    else:
        text = "\n".join(f"{name}: {word}" for name, word in words.items())
    media: list[Segment] = [
        {"name": name, "value": value} for name, value in results.items() if references(value)
    ]
    return [{"text": text + "\n"}, *media]


def _encode_message(message: Message, store: ArtifactStore) -> list[Segment]:
    return [
        {"text": segment}
        if isinstance(segment, str)
        else {"name": segment.name or "result", "value": store.encode(segment.value)}
        for segment in message
    ]


def _tell_trouble(checked: CheckedPlan, outcome: Interpretation) -> str:
    """What the planner is told of a plan that got stuck, so that it writes the rest."""
    finished = ", ".join(outcome.values) or "nothing"
    failures = "\n".join(f"line {f.line}: {f.text}: {_in_short(f.error)}" for f in outcome.failures)
    return f"{checked.text}\n\nfinished: {finished}\nfailed:\n{failures}"


def _in_short(error: BatutaError) -> str:
    """The error without the end of a long list: small models copy what they are given much of."""
    message = error.message
    if len(message) > _TOLD_CHARACTERS:
        message = message[:_TOLD_CHARACTERS] + "…"
    return f"{message}\nhint: {error.hint}" if error.hint else message
