"""What each part of the agent contributes: success, tokens and seconds with and without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from evals.harness.ablations import ABLATIONS, FULL
from evals.scoring.eval_logs import attempt_of_sample, scores_of
from evals.scoring.metrics import wilson_interval
from evals.scoring.paired_tests import PairedTest, adjust_p_values, run_paired_test
from evals.scoring.run_comparison import ALPHA

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog

SCORE = "answered_rightly"
_HEAD = ("agent", "samples", "success", "95 %", "change", "tokens", "seconds", "verdict")


@dataclass(frozen=True)
class Measured:
    """The success and cost of every sample of a run."""

    success: Mapping[str, float]
    tokens: Mapping[str, float]
    seconds: Mapping[str, float]


@dataclass(frozen=True)
class AblationRow:
    """The effect of leaving out one part, paired by sample with the full agent."""

    name: str
    samples: int
    success: float
    low: float
    """Bounds of the 95 % interval of the success."""
    high: float
    success_change: PairedTest
    success_difference: float
    adjusted_p: float
    """Holm's p-value over all ablations."""
    tokens: float
    tokens_change: PairedTest
    seconds: float
    seconds_change: PairedTest

    @property
    def verdict(self) -> str:
        if self.name == FULL:
            return ""
        if self.adjusted_p >= ALPHA:
            return "no sure effect on success"
        return "worse without" if self.success_difference < 0 else "better without"


def measure_run(log: EvalLog) -> Measured:
    """Return the success and cost of a run by sample; a sample without an attempt costs 0."""
    spent = {str(sample.id): attempt_of_sample(sample).spent for sample in log.samples or []}
    return Measured(
        success={entry.sample: entry.value for entry in scores_of(log)[SCORE]},
        tokens={name: s.input_tokens + s.output_tokens for name, s in spent.items()},
        seconds={name: s.seconds for name, s in spent.items()},
    )


def ablation_rows(logs: Mapping[str, EvalLog]) -> list[AblationRow]:
    """Compare the run of each ablation with that of the full agent."""
    measured = {name: measure_run(log) for name, log in logs.items()}
    full = measured[FULL]
    others = [name for name in measured if name != FULL]
    tests = {name: _paired(full.success, measured[name].success) for name in measured}
    adjusted = dict(zip(others, adjust_p_values([tests[name].p for name in others]), strict=True))
    rows: list[AblationRow] = []
    for name, run in measured.items():
        shared = [sample for sample in full.success if sample in run.success]
        right = sum(run.success[sample] for sample in shared)
        low, high = wilson_interval(right, len(shared))
        before = sum(full.success[sample] for sample in shared)
        rows.append(
            AblationRow(
                name=name,
                samples=len(shared),
                success=right / len(shared),
                low=low,
                high=high,
                success_change=tests[name],
                success_difference=(right - before) / len(shared),
                adjusted_p=adjusted.get(name, 1.0),
                tokens=_mean(run.tokens),
                tokens_change=_paired(full.tokens, run.tokens),
                seconds=_mean(run.seconds),
                seconds_change=_paired(full.seconds, run.seconds),
            )
        )
    return rows


def show_ablations(rows: list[AblationRow], skipped: Mapping[str, str]) -> None:
    """Print a line for each ablation; `skipped` says why some were not run."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*_HEAD, box=None)
    for row in rows:
        table.add_row(*_cells(row))
    console = Console(highlight=False)
    console.print(table)
    for sentence in _sentences(skipped):
        console.print(sentence, markup=False)


def ablations_markdown(rows: list[AblationRow], skipped: Mapping[str, str]) -> str:
    """Return the table in Markdown."""
    cells = [[*_cells(row)[:1], ABLATIONS[row.name].without, *_cells(row)[1:]] for row in rows]
    lines = [[_HEAD[0], "without", *_HEAD[1:]], ["---"] * (len(_HEAD) + 1), *cells]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return "\n\n".join([table, " ".join(_sentences(skipped))])


def ablations_json(rows: list[AblationRow], skipped: Mapping[str, str]) -> dict[str, Any]:
    """Return the rows as plain values."""
    return {
        "rows": [
            {
                "name": row.name,
                "without": ABLATIONS[row.name].without,
                "samples": row.samples,
                "success": row.success,
                "success_interval": [row.low, row.high],
                "success_difference": row.success_difference,
                "adjusted_p": row.adjusted_p,
                "tokens": row.tokens,
                "tokens_change": [row.tokens_change.low, row.tokens_change.high],
                "seconds": row.seconds,
                "seconds_change": [row.seconds_change.low, row.seconds_change.high],
                "verdict": row.verdict,
            }
            for row in rows
        ],
        "skipped": dict(skipped),
    }


def _cells(row: AblationRow) -> list[str]:
    is_full = row.name == FULL
    return [
        row.name,
        str(row.samples),
        f"{row.success:.2f}",
        f"{row.low:.2f} to {row.high:.2f}",
        "" if is_full else _points(row.success_change, row.success_difference),
        _with_change(row.tokens, row.tokens_change, is_full, digits=0),
        _with_change(row.seconds, row.seconds_change, is_full, digits=1),
        row.verdict,
    ]


def _sentences(skipped: Mapping[str, str]) -> list[str]:
    """Return how to read the table, and why some ablations were not run."""
    return [
        "Tokens and seconds are means a request, failed ones included. Changes are against the "
        "full agent on the same requests, with 95 % intervals in parentheses.",
        *(f"{name} was not run: {reason}." for name, reason in skipped.items()),
    ]


def _paired(before: Mapping[str, float], after: Mapping[str, float]) -> PairedTest:
    shared = [sample for sample in before if sample in after]
    return run_paired_test(
        [before[sample] for sample in shared], [after[sample] for sample in shared]
    )


def _mean(values: Mapping[str, float]) -> float:
    return sum(values.values()) / len(values) if values else 0.0


def _points(test: PairedTest, difference: float) -> str:
    low, high = round(100 * test.low), round(100 * test.high)
    return f"{round(100 * difference):+d} ({low:+d} to {high:+d}) points"


def _with_change(value: float, test: PairedTest, is_full: bool, *, digits: int) -> str:
    if is_full:
        return f"{value:,.{digits}f}"
    return f"{value:,.{digits}f} ({test.low:+,.{digits}f} to {test.high:+,.{digits}f})"
