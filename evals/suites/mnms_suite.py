"""m&m's: multi-modal tasks with verified plans for 33 tools, planned without running."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.scorer import Metric, SampleScore, Score, Scorer, Value, mean, metric, scorer
from inspect_ai.solver import TaskState

from agent.plan import PlanError, read_plan
from agent.runtime.agent_runtime import AgentRuntime
from evals.harness.attempt import Attempt
from evals.harness.fixed_subset import choose_subset
from evals.harness.solvers import ToolOffer, plan_request
from evals.published.call_scores import CallsPair, PlannedCall, best_reference, call_scores, is_same
from evals.published.mnms_questions import (
    MnmsQuestion,
    as_calls,
    as_plan_tools,
    node_reference,
    read_questions,
    read_tools,
)
from evals.published.recorded_calls import record_calls
from evals.scoring.metrics import cost, interval
from evals.scoring.scorers import FailureKind, right, scorer_from, wrong

_CALLS = "calls"


@task
def mnms(
    data: str,
    llm: str = "",
    profile: str = "offline",
    sample: int = 0,
    seed: int = 0,
    best_match: int = 0,
    any_version: int = 0,
) -> Task:
    """Compute m&m's scores. `data` is the folder with its files.

    `sample` takes so many samples, fixed by the `seed`. With `best_match` the alternative plan
    counts whose tools fit best.
    """
    folder = Path(data)
    questions = read_questions(folder, any_version=bool(any_version))
    plan_tools = as_plan_tools(read_tools(folder))

    def offer(state: TaskState, agent: AgentRuntime) -> ToolOffer:
        return ToolOffer(plan_tools)

    chosen = choose_subset(questions, sample, lambda question: question.id, seed)
    return Task(
        dataset=MemoryDataset([_sample(question) for question in chosen], name="mnms"),
        solver=plan_request(llm, profile, offer=offer),
        scorer=same_calls(data, bool(best_match)),
    )


@metric
def as_published() -> Metric:
    """Compute m&m's scores over all samples, and accuracies by step."""

    def compute(scores: list[SampleScore]) -> Value:
        result = call_scores([_pair((score.score.metadata or {})[_CALLS]) for score in scores])
        return cast("Value", {name: round(value, 4) for name, value in result.items()})

    return compute


@scorer(metrics=[mean(), interval(), cost(), as_published()])
def same_calls(data: str, best_match: bool = False) -> Scorer:
    """Score whether the calls equal the reference, with all values, in the same order."""
    tools = read_tools(Path(data))
    plan_tools = as_plan_tools(tools)

    async def judge(attempt: Attempt, state: TaskState) -> Score:
        references = [_calls(reference) for reference in state.metadata["references"]]
        try:
            plan = read_plan(attempt.plan, plan_tools, {}) if attempt.plan else None
        except PlanError:
            plan = None
        prediction = None
        if plan:
            recorded = await record_calls(plan, lambda number, site: node_reference(number))
            prediction = as_calls(tools, recorded)
        reference = best_reference(references, prediction) if best_match else references[0]
        pair = CallsPair(reference, prediction)
        if is_same(pair):
            score = right(attempt)
        else:
            same_tools = [c.tool for c in reference] == [c.tool for c in prediction or []]
            score = wrong(
                attempt, FailureKind.ARGUMENT if same_tools else FailureKind.PLAN, attempt.error
            )
        return score.model_copy(
            update={"metadata": {**(score.metadata or {}), _CALLS: asdict(pair)}}
        )

    return scorer_from(judge)


def _pair(calls: dict[str, Any]) -> CallsPair:
    prediction = calls["prediction"]
    return CallsPair(_calls(calls["reference"]), None if prediction is None else _calls(prediction))


def _calls(calls: list[dict[str, Any]]) -> list[PlannedCall]:
    return [PlannedCall(**call) for call in calls]


def _sample(question: MnmsQuestion) -> Sample:
    return Sample(
        id=question.id,
        input=question.request,
        target="\n".join(f"{call.tool}({call.arguments})" for call in question.references[0]),
        metadata={
            "types": {},
            "references": [[asdict(call) for call in plan] for plan in question.references],
        },
    )
