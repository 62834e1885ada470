"""A suite for tests: it counts what it solves, and can kill its process once."""

import os
import signal
from pathlib import Path

from inspect_ai import Task, task
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput
from inspect_ai.scorer import Score, Scorer, Target, mean, scorer
from inspect_ai.solver import Generate, Solver, TaskState, solver


@task
def counting(folder: str, worst: int = -1) -> Task:
    """Five samples; each is right but the one numbered `worst`."""
    samples = [Sample(id=str(number), input=f"number {number}") for number in range(5)]
    return Task(dataset=samples, solver=note(folder), scorer=is_not(worst))


@solver
def note(folder: str) -> Solver:
    async def solve(state: TaskState, generate: Generate) -> TaskState:
        kill = Path(folder, "kill")
        if kill.exists() and str(state.sample_id) == "3":
            kill.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        with Path(folder, "solved").open("a") as solved:
            solved.write(str(state.sample_id))
        state.output = ModelOutput(model="none", completion="done")
        return state

    return solve


@scorer(metrics=[mean()])
def is_not(worst: int) -> Scorer:
    async def score(state: TaskState, target: Target) -> Score:
        right = str(state.sample_id) != str(worst)
        return Score(value=float(right), metadata={"failure": "" if right else "answer"})

    return score
