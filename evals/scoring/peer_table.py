"""Success, cost and failures of each agent on the same requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from evals.peers.compared_agents import AGENTS, OURS
from evals.scoring.eval_logs import attempt_of_sample, scores_of
from evals.scoring.metrics import wilson_interval
from evals.scoring.paired_tests import PairedTest, adjust_p_values, bootstrap_interval, mcnemar_test
from evals.scoring.run_comparison import ALPHA

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog

SCORE = "solved"
_HEAD = ("agent", "right", "95 %", "against ours", "read", "written", "calls", "seconds", "wrong")


@dataclass(frozen=True)
class MeanWithInterval:
    """The mean of all requests, failed ones too, with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> MeanWithInterval:
        if not values:
            return cls(0.0, 0.0, 0.0)
        return cls(sum(values) / len(values), *bootstrap_interval(values))


@dataclass(frozen=True)
class PeerRow:
    """What one agent achieved, and what it cost a request."""

    agent: str
    requests: int
    right: int
    low: float
    """Bounds of Wilson's 95 % interval of the share."""
    high: float
    tokens_read: MeanWithInterval
    tokens_written: MeanWithInterval
    calls: MeanWithInterval
    """Calls of the language model."""
    seconds: MeanWithInterval
    failures: Mapping[str, int]
    """The number of wrong requests by kind; the most frequent first."""
    test: PairedTest
    """McNemar's test against our agent on the same requests."""
    adjusted_p: float = 1.0
    """Holm's p-value over all agents."""

    @property
    def verdict(self) -> str:
        if self.agent == OURS:
            return ""
        if self.adjusted_p >= ALPHA:
            return "no sure difference"
        return "worse" if self.test.high < 0 else "better"


def peer_rows(logs: Mapping[str, EvalLog]) -> list[PeerRow]:
    """Return a row for each agent; a request without an attempt is wrong and costs nothing."""
    ours = _success(logs[OURS])
    rows = [_row(name, log, ours) for name, log in logs.items()]
    others = [row for row in rows if row.agent != OURS]
    adjusted = adjust_p_values([row.test.p for row in others])
    by_agent = {row.agent: p for row, p in zip(others, adjusted, strict=True)}
    return [replace(row, adjusted_p=by_agent.get(row.agent, 1.0)) for row in rows]


def show_peers(rows: Sequence[PeerRow]) -> None:
    """Print a line for each agent."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*_HEAD, box=None)
    for row in rows:
        table.add_row(*_cells(row))
    console = Console(highlight=False)
    console.print(table)
    console.print(_legend(rows), markup=False)


def peers_markdown(rows: Sequence[PeerRow]) -> str:
    """Return the table in Markdown."""
    lines = [_HEAD, ["---"] * len(_HEAD), *map(_cells, rows)]
    table = "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
    return f"{table}\n\n{_legend(rows)}"


def peers_json(rows: Sequence[PeerRow]) -> list[dict[str, Any]]:
    """Return the rows as plain values."""
    return [
        {
            "agent": row.agent,
            "what": AGENTS[row.agent],
            "requests": row.requests,
            "right": row.right,
            "right_interval": [row.low, row.high],
            "difference_interval": [row.test.low, row.test.high],
            "adjusted_p": row.adjusted_p,
            "verdict": row.verdict,
            "failures": dict(row.failures),
            **{
                name: {"mean": value.mean, "interval": [value.low, value.high]}
                for name, value in (
                    ("tokens_read", row.tokens_read),
                    ("tokens_written", row.tokens_written),
                    ("calls", row.calls),
                    ("seconds", row.seconds),
                )
            },
        }
        for row in rows
    ]


def _row(agent: str, log: EvalLog, ours: Mapping[str, float]) -> PeerRow:
    success = _success(log)
    shared = [sample for sample in ours if sample in success]
    right = round(sum(success.values()))
    spent = [attempt_of_sample(sample).spent for sample in log.samples or []]
    failures = Counter(entry.failure for entry in scores_of(log)[SCORE] if entry.failure)
    return PeerRow(
        agent,
        len(success),
        right,
        *wilson_interval(right, len(success)),
        tokens_read=MeanWithInterval.of([cost.input_tokens for cost in spent]),
        tokens_written=MeanWithInterval.of([cost.output_tokens for cost in spent]),
        calls=MeanWithInterval.of([cost.language_model_calls for cost in spent]),
        seconds=MeanWithInterval.of([cost.seconds for cost in spent]),
        failures=dict(failures.most_common()),
        test=mcnemar_test([ours[s] for s in shared], [success[s] for s in shared]),
    )


def _success(log: EvalLog) -> dict[str, float]:
    return {entry.sample: entry.value for entry in scores_of(log)[SCORE]}


def _cells(row: PeerRow) -> tuple[str, ...]:
    failures = ", ".join(f"{count} {kind}" for kind, count in row.failures.items())
    return (
        row.agent,
        f"{row.right} of {row.requests}",
        f"{row.low:.2f} to {row.high:.2f}",
        row.verdict,
        _mean(row.tokens_read, digits=0),
        _mean(row.tokens_written, digits=0),
        _mean(row.calls, digits=1),
        _mean(row.seconds, digits=1),
        failures,
    )


def _mean(value: MeanWithInterval, *, digits: int) -> str:
    low, high = f"{value.low:,.{digits}f}", f"{value.high:,.{digits}f}"
    return f"{value.mean:,.{digits}f} ({low} to {high})"


def _legend(rows: Sequence[PeerRow]) -> str:
    names = "; ".join(f"{row.agent}: {AGENTS[row.agent]}" for row in rows)
    return (
        "Tokens, calls of the language model and seconds are means a request, failed ones "
        f"included, with 95 % intervals. A wrong request counts by its last error. {names}."
    )
