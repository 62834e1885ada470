"""Read a run's log: its scores sample by sample, and its metrics."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from evals.harness.attempt import KEY, Attempt

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog, EvalSample
    from inspect_ai.scorer import Score


@dataclass(frozen=True)
class ScoredSample:
    """One sample's value under one score."""

    sample: str
    value: float
    failure: str
    request: str


def scores_of(log: EvalLog) -> dict[str, list[ScoredSample]]:
    """Return all samples' values by score; a missing value is 0.

    The values of several epochs of a sample are averaged.
    """
    names = list(dict.fromkeys(name for sample in _samples(log) for name, _ in _values(sample)))
    by_name: dict[str, list[ScoredSample]] = {name: [] for name in names}
    for _, group in groupby(_samples(log), key=lambda sample: str(sample.id)):
        epochs = list(group)
        values = [dict(_values(sample)) for sample in epochs]
        for name in names:
            by_name[name].append(_scored(epochs[0], [entry.get(name) for entry in values]))
    return by_name


def _scored(sample: EvalSample, epochs: Sequence[tuple[Score, float] | None]) -> ScoredSample:
    failures = [(e[0].metadata or {}).get("failure", "") if e else "tool" for e in epochs]
    return ScoredSample(
        sample=str(sample.id),
        value=sum(epoch[1] if epoch else 0.0 for epoch in epochs) / len(epochs),
        failure=next(filter(None, failures), ""),
        request=request_of(sample),
    )


def attempt_of_sample(sample: EvalSample) -> Attempt:
    """Return the attempt at a sample."""
    return Attempt.model_validate(sample.store.get(KEY) or {})


def metrics_of(log: EvalLog) -> Iterator[tuple[str, str, float]]:
    """Yield the score, metric and value of each result in the log."""
    for score in log.results.scores if log.results else ():
        for metric in score.metrics.values():
            yield score.name, metric.name, float(metric.value)


def format_number(value: float) -> str:
    """Format a number with at most three decimals and no trailing zeros."""
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def run_title(log: EvalLog) -> str:
    """Return the run's title, such as `requests (local:qwen2.5-coder-1.5b)`."""
    task_args = [str(value) for value in log.eval.task_args_passed.values()]
    arguments = ", ".join(v if "://" in v else v.rpartition("/")[2] for v in task_args)
    return f"{log.eval.task} ({arguments})" if arguments else log.eval.task


def show_scores(log: EvalLog) -> None:
    """Print every metric of the run."""
    from rich.console import Console
    from rich.table import Table

    table = Table("score", "metric", "value", box=None, title=run_title(log))
    for score, metric, value in metrics_of(log):
        table.add_row(score, metric, format_number(value))
    Console().print(table)


def _samples(log: EvalLog) -> list[EvalSample]:
    return sorted(log.samples or [], key=lambda sample: str(sample.id))


def _values(sample: EvalSample) -> Iterator[tuple[str, tuple[Score, float]]]:
    for name, score in (sample.scores or {}).items():
        if isinstance(score.value, Mapping):
            for key, value in score.value.items():
                yield f"{name}/{key}", (score, _number(value))
        else:
            yield name, (score, _number(score.value))


def _number(value: Any) -> float:
    """Return a value of a score as a number; letters are those of Inspect's scorers."""
    if isinstance(value, int | float):
        return 0.0 if math.isnan(value) else float(value)
    return {"c": 1.0, "p": 0.5, "yes": 1.0, "true": 1.0}.get(str(value).casefold(), 0.0)


def request_of(sample: EvalSample) -> str:
    """Return the request of a sample: its last message."""
    return sample.input if isinstance(sample.input, str) else sample.input[-1].text
