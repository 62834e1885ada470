"""The node that answers with a joint model instead of a plan."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence

from langgraph.runtime import Runtime

from agent.joint.conductor import conduct
from agent.joint.dialogue import NamedExchange, Part
from agent.record.artifacts import ArtifactStore, Encoded
from agent.record.run_outcome import RunOutcome, answered_runs
from agent.runtime.conversation_state import name_uploads
from agent.runtime.graph.graph_state import Context, Segment, State, StateUpdate, earlier_runs
from tools.errors import BadArgument
from tools.media import Box, Document
from tools.sdk.plan_types import Value


async def converse(state: State, runtime: Runtime[Context]) -> StateUpdate:
    """Answer with the joint model and the generators that it calls."""
    context = runtime.context
    dialogue, values = await asyncio.to_thread(_read_dialogue, state, context)
    executor = context.executor(state, attempt=0)
    reply = await conduct(
        context.session.language_model_name,
        dialogue,
        executor,
        context.emit,
        values.get,
        context.session.catalogue,
    )
    context.usage.begin_call(reply.tokens_written)
    context.usage.add(reply.tokens_read, reply.tokens_written)
    results = name_uploads(state["names"], [await executor.encode(v) for v in reply.values])
    segments: list[Segment] = [{"text": reply.text + " "}]
    segments += [{"name": result.name, "value": result.value} for result in results]
    names = state["names"] | {result.name: result.value for result in results}
    return {"names": names, "messages": [segments], "plan": ""}


def _read_dialogue(state: State, context: Context) -> tuple[list[NamedExchange], dict[str, Value]]:
    """Return the exchanges up to the request, and the values of the names in them."""
    names, store = state["names"], context.session.store
    files = [file["value"] for file in state["files"]]
    if any(isinstance(value, str) or _is_document(value) for value in files):
        raise BadArgument(
            "a joint model accepts pictures, films and sounds, not text files or documents",
            hint="write the text into the request, or choose another language model",
        )
    outcomes = list(answered_runs(context.runs, earlier_runs(state)))
    dialogue = [_decode_exchange(outcome, names, store) for outcome in reversed(outcomes)]
    dialogue.append(NamedExchange(_decode_media(files, names, store), state["request"]))
    words = set(re.findall(r"\w+", state["request"])) | _marked_names(dialogue)
    return dialogue, {name: store.decode(names[name]) for name in words & names.keys()}


def _marked_names(dialogue: Sequence[NamedExchange]) -> set[str]:
    """Return the words in the labels of marks, which name the marked images."""
    labels = [
        part.value.label
        for exchange in dialogue
        for part in exchange.media
        if isinstance(part.value, Box)
    ]
    return {word for label in labels for word in re.findall(r"\w+", label)}


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
