"""The same requests in our agent and in agents of other projects, with the same tools and model."""

from __future__ import annotations

from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset
from inspect_ai.model import ContentText
from inspect_ai.scorer import Score, Scorer, mean
from inspect_ai.scorer import scorer as inspect_scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from agent.runtime.agent_runtime import Settings
from agent.runtime.named_plans import NamedPlans
from evals.answer_judge import find_faults
from evals.answer_samples import AnswerSample
from evals.harness.attempt import Attempt
from evals.harness.eval_agents import agent_for
from evals.harness.peak_memory import peak_bytes, reset_peak
from evals.harness.solvers import answer_request, contents_of, save_attempt
from evals.peers.compared_agents import GENERAL_MODEL, OURS, find_agent
from evals.peers.peer_agents import answer_as_peer
from evals.peers.peer_failures import failure_kind
from evals.peers.peer_requests import TOOLS, peer_requests
from evals.scoring.metrics import by, cost, interval
from evals.scoring.scorers import right, scorer_from, wrong
from evals.suites.answers_suite import as_sample, make_files, measure_results, measures_of


@task
def peers(
    agent: str = OURS, llm: str = "", profile: str = "offline", requests: int = 30, seed: int = 0
) -> Task:
    """How many requests one of the agents answers rightly, and what that costs.

    `llm` replaces the language model of every agent. The requests depend on the `seed` only.
    """
    name = find_agent(agent)
    return Task(
        name=f"peers-{name}",
        dataset=MemoryDataset(list(map(as_sample, peer_requests(requests, seed))), name="peers"),
        solver=[
            limit_tools(name, llm, profile),
            make_files(profile),
            answer_by(name, llm, profile),
            measure_results(profile),
        ],
        scorer=solved(),
    )


@solver
def limit_tools(agent: str, llm: str, profile: str) -> Solver:
    """Offer the same tools to every agent, and no named plans; before anything else runs."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        async with agent_for(await _settings(agent, llm, profile)) as runtime:
            runtime.session.registry = runtime.session.registry.subset(TOOLS)
            runtime.session.plans = NamedPlans()
        return state

    return solve


@solver
def answer_by(agent: str, llm: str, profile: str) -> Solver:
    """Let the agent answer the request of the sample."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        settings = await _settings(agent, llm, profile)
        if agent in (OURS, GENERAL_MODEL):
            return await answer_request(settings.language_model, profile)(state, generate)
        paths = [Path(path) for path in state.metadata["files"]]
        reset_peak()
        async with agent_for(settings) as runtime:
            attempt, results = await answer_as_peer(runtime, agent, state.input_text, paths)
            media = list(contents_of(runtime, results))
        attempt.spent.peak_bytes = peak_bytes()
        text = attempt.answer or attempt.error
        return save_attempt(state, attempt, [ContentText(text=text), *media])

    return solve


async def _settings(agent: str, llm: str, profile: str) -> Settings:
    """Return the settings of an agent; the peers use the model that writes texts for tools."""
    settings = Settings(profile=profile, language_model=llm)
    if agent != GENERAL_MODEL:
        return settings
    async with agent_for(settings) as runtime:
        return Settings(profile=profile, language_model=runtime.session.text_model_name)


@inspect_scorer(metrics=[mean(), interval(), cost(), by("kind")])
def solved() -> Scorer:
    """Whether what is said and shown is true; a failure is of a kind that fits every agent."""

    async def judge(attempt: Attempt, state: TaskState) -> Score:
        sample = AnswerSample.model_validate(state.metadata["whole"])
        faults = [attempt.error or "there is no answer"]
        if attempt.state == "done":
            faults = find_faults(sample, attempt.answer, measures_of(state))
        if not faults:
            return right(attempt)
        return wrong(attempt, failure_kind(attempt), "; ".join(faults))

    return scorer_from(judge)
