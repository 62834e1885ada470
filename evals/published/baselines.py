"""Published results of other models on the published sets, with their sources."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.scoring.eval_logs import format_number, metrics_of

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


def baseline_rows(table: BaselineTable, log: EvalLog) -> tuple[list[str], list[list[str]]]:
    """Return the head and the rows of a table with the run beside the published results."""
    own = {metric: value for _, metric, value in metrics_of(log)}
    head = ["model", *table.scores]
    rows = [["this run", *(format_number(own[n]) if n in own else "" for n in table.scores)]]
    rows += [
        [model, *(format_number(scores[n]) if n in scores else "" for n in table.scores)]
        for model, scores in table.results.items()
    ]
    return head, rows


def _table(entry: dict[str, Any]) -> BaselineTable:
    results = {result["model"]: result["scores"] for result in entry["result"]}
    return BaselineTable(entry["suite"], entry["data"], entry["source"], entry["note"], results)
