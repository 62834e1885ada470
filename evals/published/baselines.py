"""Published results of other models on the published sets, with their sources."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.published.own_results import own_results
from evals.scoring.estimates import ShareEstimate, format_share
from evals.scoring.eval_logs import metrics_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from inspect_ai.log import EvalLog

_FILE = Path(__file__).parents[1] / "data" / "baselines.toml"


@dataclass(frozen=True)
class BaselineTable:
    """Published scores for one set."""

    suite: str
    data: str
    source: str
    note: str
    results: Mapping[str, Mapping[str, float]]
    """The scores by model."""

    @property
    def scores(self) -> list[str]:
        return list(dict.fromkeys(name for scores in self.results.values() for name in scores))


@cache
def baseline_tables() -> tuple[BaselineTable, ...]:
    """Return all tables of published results."""
    content = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return tuple(_table(entry) for entry in content["table"])


def baselines_for(log: EvalLog) -> BaselineTable | None:
    """Return the published results for a run's set, if there are any."""
    data = Path(str(log.eval.task_args_passed.get("data", ""))).name
    return next((t for t in baseline_tables() if (t.suite, t.data) == (log.eval.task, data)), None)


def result_rows(log: EvalLog) -> tuple[list[str], list[list[str]]]:
    """Return the head and the rows of a table: the run, then published results of the same set.

    There are no rows if the suite has no scores that others publish.
    """
    table, own = baselines_for(log), own_results(log).comparable
    first = next(iter(own.values()), {})
    names = list(dict.fromkeys([*(table.scores if table else ()), *first]))
    logged = {metric: value for _, metric, value in metrics_of(log)}
    rows = [
        [f"this run, {row}", *(_own_cell(row, name, scores, logged) for name in names)]
        for row, scores in own.items()
    ]
    for model, scores in table.results.items() if table else ():
        rows.append([model, *(format_share(scores[n], 3) if n in scores else "" for n in names)])
    return ["model", *(name.removeprefix("published ") for name in names)], rows


def _own_cell(
    row: str, name: str, scores: Mapping[str, ShareEstimate], logged: Mapping[str, float]
) -> str:
    """Return a score with its interval, or as logged where no interval can be computed."""
    if name in scores:
        return str(scores[name])
    metric = f"strict {name}" if row == "strict" else name
    return format_share(logged[metric]) if metric in logged else ""


def _table(entry: dict[str, Any]) -> BaselineTable:
    results = {result["model"]: result["scores"] for result in entry["result"]}
    return BaselineTable(entry["suite"], entry["data"], entry["source"], entry["note"], results)
