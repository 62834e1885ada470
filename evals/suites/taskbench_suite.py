"""TaskBench: requests with reference tools and dependencies, planned without running."""

from __future__ import annotations

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
from evals.harness.fixed_subset import choose_subset
from evals.harness.solvers import ToolOffer, plan_request
from evals.published.call_scores import CallsPair, call_scores
from evals.published.published_files import digest_of_file
from evals.published.recorded_calls import record_calls
from evals.published.taskbench_questions import (
    Graph,
    TaskbenchQuestion,
    ToolSet,
    as_graph,
    graph_calls,
    node_reference,
    read_questions,
    read_tools,
)
from evals.published.taskbench_scores import GraphPair, is_exact, same_tools, taskbench_scores
from evals.scoring.metrics import cost, interval
from evals.scoring.scorers import FailureKind, right, scorer_from, wrong


@task
def taskbench(
    data: str,
    llm: str = "",
    profile: str = "offline",
    sample: int = 0,
    seed: int = 0,
    any_version: int = 0,
) -> Task:
    """Compute TaskBench's scores, published and strict. `data` is a domain's folder.

    `sample` takes so many samples, fixed by the `seed`.
    """
    folder = Path(data)
    published = read_questions(folder, any_version=bool(any_version))
    questions = choose_subset(published, sample, lambda question: question.id, seed)
    tools = read_tools(folder)
    plan_tools = tools.as_plan_tools()

    def offer(state: TaskState, agent: AgentRuntime) -> ToolOffer:
        return ToolOffer(plan_tools)

    return Task(
        dataset=MemoryDataset([_sample(question) for question in questions], name=folder.name),
        solver=plan_request(llm, profile, offer=offer),
        scorer=graph_of_tools(data),
        metrics=[mean(), interval(), cost(), as_published(tools)],
        metadata={"sha256": digest_of_file(folder / "data.json")},
    )


@scorer(metrics=[])
def graph_of_tools(data: str) -> Scorer:
    """Score whether tools, links and arguments equal the reference."""
    tools = read_tools(Path(data))
    plan_tools = tools.as_plan_tools()

    async def judge(attempt: Attempt, state: TaskState) -> Score:
        pair = GraphPair(Graph(**state.metadata["reference"]), None)
        try:
            plan = read_plan(attempt.plan, plan_tools, {}) if attempt.plan else None
        except PlanError:
            plan = None
        if plan is None:
            score = wrong(attempt, FailureKind.PLAN, attempt.error)
        else:
            calls = await record_calls(plan, lambda number, site: node_reference(number))
            pair = GraphPair(pair.reference, as_graph(tools, calls))
            same = same_tools(tools, pair)
            if is_exact(tools, pair):
                score = right(attempt)
            else:
                score = wrong(attempt, FailureKind.ARGUMENT if same else FailureKind.PLAN)
        prediction = asdict(pair.prediction) if pair.prediction else None
        graphs = {"reference": asdict(pair.reference), "prediction": prediction}
        return score.model_copy(update={"metadata": {**(score.metadata or {}), **graphs}})

    return scorer_from(judge)


@metric
def as_published(tools: ToolSet) -> Metric:
    """Compute TaskBench's scores over all samples, published and strict, and m&m's."""

    def compute(scores: list[SampleScore]) -> Value:
        pairs = [_pair(score.score) for score in scores]
        result = taskbench_scores(tools, pairs) | call_scores(list(map(_as_calls, pairs)))
        return cast("Value", {name: round(value, 4) for name, value in result.items()})

    return compute


def _pair(score: Score) -> GraphPair:
    metadata = score.metadata or {}
    prediction = metadata.get("prediction")
    return GraphPair(Graph(**metadata["reference"]), Graph(**prediction) if prediction else None)


def _as_calls(pair: GraphPair) -> CallsPair:
    prediction = pair.prediction
    return CallsPair(graph_calls(pair.reference), prediction and graph_calls(prediction))


def _sample(question: TaskbenchQuestion) -> Sample:
    return Sample(
        id=question.id,
        input=question.request,
        metadata={"types": {}, "type": question.type, "reference": asdict(question.reference)},
    )
