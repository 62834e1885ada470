"""Inspect scorers that read only a sample's attempt and target.

Every score is 1 or 0, or a share. A wrong one has the kind of failure in its metadata:

    plan       no plan, or a plan with other tools
    argument   the right tools with other arguments, or an argument that a tool refused
    tool       a tool failed
    memory     a tool ran out of memory
    answer     everything ran, but the answer is wrong
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum

from inspect_ai.scorer import Score, Scorer, Target, mean, scorer
from inspect_ai.solver import TaskState

from evals.harness.attempt import Attempt
from evals.harness.solvers import attempt_of
from evals.scoring.metrics import cost, interval

METRICS = [mean(), interval()]


class FailureKind(StrEnum):
    """The kinds of failure."""

    PLAN = "plan"
    ARGUMENT = "argument"
    TOOL = "tool"
    MEMORY = "memory"
    ANSWER = "answer"


def failure_of(attempt: Attempt) -> FailureKind:
    """Return the kind of failure of an attempt."""
    kinds = {failure.kind for failure in attempt.failures}
    if "OutOfMemory" in kinds:
        return FailureKind.MEMORY
    if "BadArgument" in kinds:
        return FailureKind.ARGUMENT
    if kinds:
        return FailureKind.TOOL
    return FailureKind.ANSWER if attempt.plan else FailureKind.PLAN


def right(attempt: Attempt, explanation: str = "") -> Score:
    return _score(1.0, attempt, explanation, "")


def wrong(attempt: Attempt, failure: StrEnum, explanation: str = "") -> Score:
    return _score(0.0, attempt, explanation, failure)


def _score(value: float, attempt: Attempt, explanation: str, failure: str) -> Score:
    spent = attempt.spent.model_dump()
    return Score(
        value=value,
        answer=attempt.answer or attempt.plan or attempt.error,
        explanation=explanation,
        metadata={"failure": failure, "spent": spent},
    )


def scorer_from(judge: Callable[[Attempt, TaskState], Awaitable[Score]]) -> Scorer:
    """Create a scorer from a function of the attempt and the sample.

    Use it under `@scorer(metrics=METRICS)`, which gives the score its name.
    """

    async def score(state: TaskState, target: Target) -> Score:
        return await judge(attempt_of(state), state)

    return score


@scorer(metrics=[*METRICS, cost()])
def says() -> Scorer:
    """Score whether the answer contains one of the target's words."""

    async def judge(attempt: Attempt, state: TaskState) -> Score:
        if attempt.state != "done":
            return wrong(attempt, failure_of(attempt), attempt.error)
        if any(words.casefold() in attempt.answer.casefold() for words in state.target):
            return right(attempt)
        return wrong(attempt, FailureKind.ANSWER, f"expected: {', '.join(state.target)}")

    return scorer_from(judge)
