"""The Berkeley Function Calling Leaderboard's single-turn questions, planned without running."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import cast

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Value, mean, metric, scorer
from inspect_ai.solver import TaskState

from agent.plan import PlanError, read_plan
from agent.runtime.agent_runtime import AgentRuntime
from evals.harness.attempt import Attempt
from evals.harness.fixed_subset import shuffle_by_hash
from evals.harness.interleave import interleave
from evals.harness.solvers import ToolOffer, plan_request
from evals.published.bfcl_questions import (
    FILES,
    BfclQuestion,
    Category,
    find_mismatch,
    read_questions,
)
from evals.published.recorded_calls import record_calls
from evals.scoring.metrics import by, cost, interval
from evals.scoring.scorers import FailureKind, right, scorer_from, wrong
from tools.errors import InputError


@task
def bfcl(
    data: str,
    llm: str = "",
    profile: str = "offline",
    category: str = "",
    sample: int = 0,
    seed: int = 0,
    any_version: int = 0,
) -> Task:
    """Score exactly right calls. `data` is the folder with BFCL's files.

    `sample` takes so many questions, equally many of each category, fixed by the `seed`.
    """
    if category and category not in FILES:
        raise InputError(
            f"BFCL has no category {category!r} here; allowed: {', '.join(FILES)}",
            hint="omit it for all of them",
        )
    chosen = [cast("Category", category)] if category else list(FILES)
    by_category = [read_questions(Path(data), c, any_version=bool(any_version)) for c in chosen]
    if sample:
        by_category = [shuffle_by_hash(part, lambda q: q.id, seed) for part in by_category]
    questions = list(interleave(by_category))[: sample or None]
    return Task(
        dataset=MemoryDataset([_sample(question) for question in questions], name="bfcl"),
        solver=plan_request(llm, profile, offer=_offer),
        scorer=right_calls(),
    )


@metric
def as_published() -> Metric:
    """Score as published, in all and by category: an invalid plan counts as no call."""

    def compute(scores: list[SampleScore]) -> Value:
        by_category: dict[str, list[float]] = {}
        for score in scores:
            category = str((score.sample_metadata or {}).get("category"))
            value = float((score.score.metadata or {}).get("published", 0.0))
            by_category.setdefault(category, []).append(value)
        means = {f"published {name}": _mean(values) for name, values in by_category.items()}
        every = [value for values in by_category.values() for value in values]
        return cast("Value", {"as_published": _mean(every), **means})

    return compute


@scorer(metrics=[mean(), interval(), cost(), as_published(), by("category")])
def right_calls() -> Scorer:
    """Score exactly the right calls; an invalid plan is wrong."""

    async def judge(attempt: Attempt, state: TaskState) -> Score:
        question = BfclQuestion(**state.metadata["question"])
        try:
            plan = read_plan(attempt.plan, question.tools(), {}) if attempt.plan else None
        except PlanError:
            plan = None
        if plan is None:
            score = wrong(attempt, FailureKind.PLAN, attempt.error)
            return _with_published(score, float(question.category == "irrelevance"))
        recorded = await record_calls(plan, lambda number, site: "…")
        calls = question.published_calls(recorded)
        if not (reason := find_mismatch(question, calls)):
            return _with_published(right(attempt), 1.0)
        called = sorted(name for call in calls for name in call)
        expected = sorted(name for answer in question.answers for name in answer)
        failure = FailureKind.ARGUMENT if called == expected else FailureKind.PLAN
        return _with_published(wrong(attempt, failure, reason), 0.0)

    return scorer_from(judge)


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0


def _with_published(score: Score, published: float) -> Score:
    return score.model_copy(update={"metadata": {**(score.metadata or {}), "published": published}})


def _offer(state: TaskState, agent: AgentRuntime) -> ToolOffer:
    return ToolOffer(BfclQuestion(**state.metadata["question"]).tools())


def _sample(question: BfclQuestion) -> Sample:
    return Sample(
        id=question.id,
        input=question.request,
        metadata={"types": {}, "category": question.category, "question": asdict(question)},
    )
