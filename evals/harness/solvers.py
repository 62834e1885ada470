"""The agent as an Inspect solver that answers or only plans.

The attempt (see attempt.py) is saved in the sample's store. The answer becomes the sample's output
with its images, audio and video, so that `inspect view` shows them.
"""

from __future__ import annotations

import base64
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inspect_ai.log import transcript
from inspect_ai.model import (
    ChatMessageAssistant,
    Content,
    ContentAudio,
    ContentImage,
    ContentText,
    ContentVideo,
    ModelOutput,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver

from agent.plan import Callee
from agent.planner.planner import Planner
from agent.planner.prompts import ConversationTurn
from agent.record.artifacts import references
from agent.record.budget import Budget
from agent.record.events import NamedValue
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime, Settings
from evals.harness.ablations import ablated_settings, find_ablation
from evals.harness.attempt import KEY, AnsweredTurn, Attempt, Recorder, Spending
from evals.harness.eval_agents import agent_for
from evals.harness.peak_memory import peak_bytes, reset_peak
from evals.harness.type_names import parse_type
from tools.errors import BatutaError
from tools.media.picture_formats import BY_SUFFIX, for_browsers


@dataclass(frozen=True)
class ToolOffer:
    """The planner's tools; requests for `absent` ones must be refused."""

    tools: Mapping[str, Callee]
    absent: Mapping[str, Callee] = field(default_factory=dict[str, Callee])


@dataclass(frozen=True)
class _Turn:
    """A request of a conversation, and the plan to run for it if it is written already."""

    request: str
    files: list[Path]
    plan: str


SelectTools = Callable[[TaskState, AgentRuntime], ToolOffer]
"""Selects the planner's tools for a sample."""


@solver
def answer_request(
    llm: str = "",
    profile: str = "offline",
    tool_files: tuple[str, ...] = (),
    ablation: str = "",
    **budget: float,
) -> Solver:
    """Let the agent answer each request with the sample's files.

    `plan` in the metadata is run instead of a plan by the language model. The turns in `earlier`
    (each with `request`, `files` and `plan`) come first, in the same conversation. `ablation`
    leaves out a part of the agent (see ablations.py). `budget` changes the limits of one request
    (see agent/record/budget.py).
    """
    files = tuple(Path(path) for path in tool_files)
    settings = ablated_settings(
        Settings(profile=profile, language_model=llm, tool_files=files),
        find_ablation(ablation),
        budget,
    )

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        reset_peak()
        async with agent_for(settings) as agent:
            conversation = uuid.uuid4().hex if state.metadata.get("earlier") else ""
            attempt = Attempt()
            media: list[Content] = []
            earlier: list[AnsweredTurn] = []
            spent = Spending()
            for turn in _turns(state):
                attempt, media = await _answer(agent, turn, conversation)
                add_spending(spent, attempt.spent)
                earlier.append(
                    AnsweredTurn(request=turn.request, plan=attempt.plan, answer=attempt.answer)
                )
            attempt.earlier, attempt.spent = earlier[:-1], spent
        text = attempt.answer or attempt.error
        return save_attempt(state, attempt, [ContentText(text=text), *media])

    return solve


async def _answer(
    agent: AgentRuntime, turn: _Turn, conversation: str
) -> tuple[Attempt, list[Content]]:
    """Run one turn and return its attempt and the media of its answer."""
    recorder = Recorder(agent.session.store.decode)
    events = agent.run(turn.request, turn.files, plan=turn.plan, conversation=conversation)
    outcome = await RunOutcome().consume(events, recorder.record)
    return recorder.attempt, list(contents_of(agent, outcome.results))


def _turns(state: TaskState) -> Iterator[_Turn]:
    """Yield the earlier turns of a sample, and the one that is judged."""
    earlier: list[dict[str, Any]] = state.metadata.get("earlier", [])
    for turn in earlier:
        yield _Turn(turn["request"], [Path(path) for path in turn["files"]], turn.get("plan", ""))
    files = [Path(path) for path in state.metadata.get("files", [])]
    yield _Turn(state.input_text, files, state.metadata.get("plan", ""))


def add_spending(total: Spending, more: Spending) -> None:
    """Add the cost of a turn to that of the turns before it."""
    total.seconds = round(total.seconds + more.seconds, 3)
    total.language_model_calls += more.language_model_calls
    total.input_tokens += more.input_tokens
    total.output_tokens += more.output_tokens
    total.peak_bytes = max(total.peak_bytes, more.peak_bytes)


@solver
def plan_request(
    llm: str = "",
    profile: str = "offline",
    *,
    offer: SelectTools,
) -> Solver:
    """Let the language model plan each request without running the plan.

    A sample's metadata holds the description (`names`) and the type (`types`) of each name in use,
    and the earlier requests and answers (`turns`). `offer` selects the tools for a sample.
    """
    settings = Settings(profile=profile, language_model=llm)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        names: dict[str, str] = state.metadata.get("names", {})
        types = {name: parse_type(kind) for name, kind in state.metadata["types"].items()}
        turns = [ConversationTurn(**turn) for turn in state.metadata.get("turns", [])]
        reset_peak()
        async with agent_for(settings) as agent:
            recorder = Recorder(agent.session.store.decode)
            selected = offer(state, agent)
            planner = Planner(
                agent.session.language_model(),
                selected.tools,
                text_model=agent.session.text_model(),
                absent=selected.absent,
                why_absent=agent.session.why_absent,
                seed=0,
                emit=recorder.record,
                budget=Budget(),
            )
            attempt = recorder.attempt
            attempt.language_model = agent.session.language_model_name
            started = time.monotonic()
            try:
                checked = await planner.plan(state.input_text, types, names, turns)
                attempt.plan, attempt.state = checked.text, "done"
            except BatutaError as error:
                attempt.state, attempt.error = "failed", str(error)
        attempt.spent.seconds = round(time.monotonic() - started, 3)
        attempt.spent.language_model_calls = planner.usage.calls
        attempt.spent.input_tokens = planner.usage.input_tokens
        attempt.spent.output_tokens = planner.usage.output_tokens
        attempt.spent.peak_bytes = peak_bytes()
        return save_attempt(state, attempt, [ContentText(text=attempt.plan or attempt.error)])

    return solve


def attempt_of(state: TaskState) -> Attempt:
    """Return the attempt at a sample, empty if it never started."""
    return Attempt.model_validate(state.store.get(KEY) or {})


def save_attempt(
    state: TaskState, attempt: Attempt, contents: list[Content] | None = None
) -> TaskState:
    """Save the attempt in the sample's store, and its answer as the output."""
    contents = contents or [ContentText(text=attempt.answer or attempt.error)]
    state.store.set(KEY, attempt.model_dump())
    transcript().info(attempt.plan, source="plan")
    message = ChatMessageAssistant(content=contents, model=str(state.model), source="generate")
    state.messages.append(message)
    state.output = ModelOutput.from_message(message)
    return state


def contents_of(agent: AgentRuntime, results: Sequence[NamedValue]) -> Iterator[Content]:
    """Yield the media of results as contents of a message."""
    for result in results:
        for digest in references(result.value):
            artifact, data = agent.session.store.open(digest)
            media_type = ""
            if artifact.suffix in BY_SUFFIX:
                media_type, data = for_browsers(data)
            encoded = base64.b64encode(data).decode()
            match artifact.suffix:
                case _ if media_type:
                    yield ContentImage(image=f"data:{media_type};base64,{encoded}")
                case ".wav":
                    yield ContentAudio(audio=f"data:audio/wav;base64,{encoded}", format="wav")
                case ".mp4":
                    yield ContentVideo(video=f"data:video/mp4;base64,{encoded}", format="mp4")
                case _:
                    pass
