"""The node that answers: what the plan says, or a description of its results."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import cast

from langgraph.runtime import Runtime

from agent.plan import AnswerStyle, Placeholder, answer_source, format_value, style_for
from agent.plan.answer.compose import compose_message
from agent.record.artifacts import ArtifactStore, Encoded, references
from agent.record.events import AnswerFinished, NamedValue, failure_list
from agent.runtime.graph.graph_state import Context, Segment, State, StateUpdate
from tools.sdk.plan_types import Value


async def answer(state: State, runtime: Runtime[Context]) -> StateUpdate:
    """Answer with what the plan says, or describe its results."""
    context = runtime.context
    segments = [segment for message in state["messages"] for segment in [*message, {"text": "\n"}]]
    if not segments:
        segments = await _answer_without_say(state, context)
    segments += [{"text": f"{remark}\n"} for remark in state.get("remarks", [])]
    if state["failures"]:
        segments.append({"text": "\n" + failure_list(state["failures"])})
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
    context.emit(AnswerFinished(text, named_results, source, state["failures"]))
    return {}


async def _answer_without_say(state: State, context: Context) -> list[Segment]:
    """Describe the unused results, with the language model if there is one."""
    results = {
        name: state["names"][name] for name in state["final_names"] if name in state["names"]
    }
    style = style_for(state["request"])
    texts = await asyncio.to_thread(_as_texts, results, context.session.store, style)
    if context.planner:
        failures = "\n".join(state["failures"])
        text = await context.planner.answer(state["request"], texts, failures)
    else:
        text = "\n".join(f"{name}: {value_text}" for name, value_text in texts.items())
    media: list[Segment] = [
        {"name": name, "value": value} for name, value in results.items() if references(value)
    ]
    return [{"text": text + "\n"}, *media]


def _as_texts(
    results: Mapping[str, Encoded], store: ArtifactStore, style: AnswerStyle
) -> dict[str, str]:
    return {name: _as_text(store.decode(value), style) for name, value in results.items()}


def _as_text(value: Value, style: AnswerStyle) -> str:
    """Return a value as people read it, media by their description."""
    segments = compose_message([Placeholder(value)], style)
    return "".join(
        segment if isinstance(segment, str) else format_value(segment.value) for segment in segments
    )
