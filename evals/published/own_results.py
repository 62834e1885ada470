"""The scores of a run on a published set, computed from its log with 95 % intervals.

A sample without a valid plan is in the denominator of every strict score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.published.call_scores import CallsPair, PlannedCall, call_counts
from evals.published.taskbench_questions import Graph, ToolSet, graph_calls, read_tools
from evals.published.taskbench_scores import GraphPair, f1_counts
from evals.scoring.estimates import ShareEstimate, estimate_ratio, estimate_share
from evals.scoring.eval_logs import attempt_of_sample

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog, EvalSample
    from inspect_ai.scorer import Score

PUBLISHED_SUITES = ("bfcl", "taskbench", "mnms")

Estimates = Mapping[str, ShareEstimate]


@dataclass(frozen=True)
class OwnResults:
    """The scores of a run on a published set."""

    with_plan: int
    """The number of samples with a valid plan."""
    comparable: Mapping[str, Estimates] = field(default_factory=dict[str, Estimates])
    """The scores that others publish, by how they are computed: as published, and strict."""
    more: Estimates = field(default_factory=dict[str, ShareEstimate])
    """Further scores; a sample without a valid plan has none of its steps right."""


def own_results(log: EvalLog) -> OwnResults:
    """Return the scores of a run of one of the PUBLISHED_SUITES."""
    samples = log.samples or []
    with_plan = sum(bool(attempt_of_sample(sample).plan) for sample in samples)
    match log.eval.task:
        case "bfcl":
            return OwnResults(with_plan, comparable=_bfcl(samples))
        case "taskbench":
            pairs = [_graph_pair(sample) for sample in samples]
            tools = read_tools(Path(str(log.eval.task_args_passed["data"])))
            calls = [CallsPair(graph_calls(p.reference), _calls_of(p.prediction)) for p in pairs]
            return OwnResults(with_plan, _taskbench(tools, pairs), _call_estimates(calls))
        case _:
            return OwnResults(with_plan, more=_call_estimates(list(map(_calls_pair, samples))))


def _bfcl(samples: Sequence[EvalSample]) -> dict[str, Estimates]:
    by_category: dict[str, list[tuple[float, float]]] = {}
    for sample in samples:
        values = [
            (float((score.metadata or {}).get("published", 0.0)), score.as_float())
            for score in (sample.scores or {}).values()
        ]
        category = str((sample.metadata or {}).get("category"))
        by_category.setdefault(category, []).append(values[0] if values else (0.0, 0.0))
    rows: dict[str, Estimates] = {}
    for column, row in enumerate(("as published", "strict")):
        values = {
            f"published {category}": [pair[column] for pair in pairs]
            for category, pairs in by_category.items()
        }
        every = [value for category in values.values() for value in category]
        rows[row] = {name: estimate_share(v) for name, v in {**values, "all": every}.items()}
    return rows


def _taskbench(tools: ToolSet, pairs: Sequence[GraphPair]) -> dict[str, Estimates]:
    return {
        row: {
            name: estimate_ratio(*counts)
            for name, counts in f1_counts(tools, pairs, strict=strict).items()
        }
        for row, strict in (("as published", False), ("strict", True))
    }


def _graph_pair(sample: EvalSample) -> GraphPair:
    reference = Graph(**(sample.metadata or {})["reference"])
    predictions = [_metadata(score).get("prediction") for score in (sample.scores or {}).values()]
    prediction = next(filter(None, predictions), None)
    return GraphPair(reference, Graph(**prediction) if prediction else None)


def _calls_of(graph: Graph | None) -> list[PlannedCall] | None:
    return None if graph is None else graph_calls(graph)


def _calls_pair(sample: EvalSample) -> CallsPair:
    """Return the reference and the predicted calls of a sample of m&m's."""
    for score in (sample.scores or {}).values():
        calls = _metadata(score).get("calls")
        if calls:
            prediction = calls["prediction"]
            return CallsPair(
                [PlannedCall(**call) for call in calls["reference"]],
                None if prediction is None else [PlannedCall(**call) for call in prediction],
            )
    first = (sample.metadata or {})["references"][0]
    return CallsPair([PlannedCall(**call) for call in first], None)


def _call_estimates(pairs: Sequence[CallsPair]) -> dict[str, ShareEstimate]:
    return {name: estimate_ratio(*counts) for name, counts in call_counts(pairs).items()}


def _metadata(score: Score) -> dict[str, Any]:
    return score.metadata or {}
