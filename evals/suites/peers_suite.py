"""Compare the cost of the same requests in our agent and in smolagents."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import cast

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageAssistant, ModelOutput
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Value, mean, metric
from inspect_ai.scorer import scorer as inspect_scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from agent.record.artifacts import ArtifactStore
from agent.runtime.agent_runtime import Settings
from evals.harness.attempt import KEY, Attempt
from evals.harness.eval_agents import agent_for
from evals.harness.peak_memory import peak_bytes, reset_peak
from evals.harness.solvers import answer_request
from evals.scoring.metrics import by, interval
from evals.scoring.scorers import FailureKind, failure_of, right, scorer_from, wrong
from evals.suites.smolagents_peer import KINDS, answer_as_peer

OURS = "batuta"
TOOLS = (
    *("count", "crop", "detect", "draw_boxes", "edges", "enlarge", "faces", "grayscale"),
    *("read_table", "read_text", "speak", "transcribe"),
)
"""Few enough for the peer's prompt, which lists each as JSON; ours gets the same."""

REQUESTS: Sequence[tuple[str, str, Sequence[str]]] = (
    ("How many minutes are there in a day?", "", ("1440", "1,440")),
    ("What does the sign say?", "sign.png", ("concert hall",)),
    ("How many cups are in this picture?", "photo.jpg", ("1", "one")),
    ("Write down what is said in this recording", "speech.wav", ("concert begins",)),
    ("There is room for 12 cups here. How many more fit?", "photo.jpg", ("11", "eleven")),
    ("How many faces can you see?", "portrait.jpg", ("1", "one")),
    ("What is the total on the receipt?", "receipt.png", ("20.50",)),
    ("Is there a dog in the picture? Answer yes or no.", "photo.jpg", ("no",)),
)
"""Request, sample file, and alternatives of which one must occur in the answer."""


@task
def peers(llm: str = "", profile: str = "offline", requests: int = len(REQUESTS)) -> Task:
    """Compare tokens, time, memory and model calls per solved request."""
    samples = [
        _sample(agent, number, *request)
        for agent in (OURS, *KINDS)
        for number, request in enumerate(REQUESTS[:requests], 1)
    ]
    return Task(
        dataset=MemoryDataset(samples, name="peers"),
        solver=answer_by(llm, profile),
        scorer=solved(),
    )


@solver
def answer_by(llm: str = "", profile: str = "offline") -> Solver:
    """Run the agent that the sample's metadata names."""
    ours = answer_request(llm, profile)
    settings = Settings(profile=profile, language_model=llm)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        async with agent_for(settings) as agent:
            agent.session.registry = agent.session.registry.subset(TOOLS)
            # No agent reuses results or loaded models of another.
            separate_folder = agent.runs.folder.parent / "artifacts" / str(state.sample_id)
            agent.session.store = ArtifactStore(str(separate_folder))
            await agent.session.evict_idle()
            kind = state.metadata["agent"]
            if kind == OURS:
                return await ours(state, generate)
            paths = [Path(path) for path in state.metadata["files"]]
            reset_peak()
            attempt = await answer_as_peer(agent, kind, state.input_text, paths)
        attempt.spent.peak_bytes = peak_bytes()
        state.store.set(KEY, attempt.model_dump())
        message = ChatMessageAssistant(content=attempt.answer or attempt.error)
        state.output = ModelOutput.from_message(message)
        return state

    return solve


@metric
def cost_by_agent() -> Metric:
    """Compute each agent's cost per solved request, and its ratio to ours."""

    def compute(scores: list[SampleScore]) -> Value:
        costs = {agent: _cost(scores, agent) for agent in (OURS, *KINDS)}
        result = {f"{agent}: {name}": v for agent, c in costs.items() for name, v in c.items()}
        for agent in KINDS:
            for name, value in costs[agent].items():
                ours = costs[OURS].get(name)
                if ours:
                    result[f"{agent} / {OURS}: {name}"] = round(value / ours, 2)
        return cast("Value", result)

    return compute


@inspect_scorer(metrics=[mean(), interval(), by("agent"), cost_by_agent()])
def solved() -> Scorer:
    """Score whether the answer contains one of the alternatives as words."""

    async def judge(attempt: Attempt, state: TaskState) -> Score:
        answer = f" {_normalize(attempt.answer)} "
        if any(f" {_normalize(words)} " in answer for words in state.target):
            return right(attempt)
        failure = failure_of(attempt) if attempt.state != "done" else FailureKind.ANSWER
        return wrong(attempt, failure, attempt.error)

    return scorer_from(judge)


def _normalize(text: str) -> str:
    """Normalize a text to lowercase words without punctuation."""
    return " ".join(word.strip(".,:;!?\"'()[]*") for word in text.casefold().split())


def _cost(scores: list[SampleScore], agent: str) -> dict[str, float]:
    agent_scores = [s for s in scores if (s.sample_metadata or {})["agent"] == agent]
    spent = [(score.score.metadata or {})["spent"] for score in agent_scores]
    solved_count = sum(score.score.as_float() for score in agent_scores)
    if not solved_count:
        return {}
    tokens = sum(usage["input_tokens"] + usage["output_tokens"] for usage in spent)
    return {
        "seconds": round(sum(usage["seconds"] for usage in spent) / solved_count, 2),
        "tokens": round(tokens / solved_count, 1),
        "calls": round(sum(usage["language_model_calls"] for usage in spent) / solved_count, 2),
        "peak MiB": round(max(usage["peak_bytes"] for usage in spent) / 2**20),
    }


def _sample(agent: str, number: int, request: str, file: str, words: Sequence[str]) -> Sample:
    paths = [str(files("tools.samples").joinpath(file))] if file else []
    return Sample(
        id=f"{agent.replace(' ', '-')}-{number}",
        input=request,
        target=list(words),
        metadata={"agent": agent, "files": paths},
    )
