"""Write an HTML report of runs: scores, costs, failures, and every wrong sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from evals.harness.run_origin import describe_origin
from evals.harness.suite_size import describe_share
from evals.pages.page_parts import (
    attempt_html,
    inputs_html,
    labelled,
    media_html,
    score_html,
    table_html,
    write_page,
)
from evals.pages.svg_plots import Bar, bars_with_intervals, points, stacked
from evals.published.baselines import baselines_for, result_rows
from evals.scoring.eval_logs import (
    attempt_of_sample,
    format_number,
    metrics_of,
    request_of,
    run_title,
    scores_of,
)
from evals.scoring.metrics import wilson_interval
from evals.scoring.run_comparison import compare_runs

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog, EvalSample
    from inspect_ai.scorer import Score

SHOWN_SAMPLES = 200
"""Maximum of wrong samples shown per run; the log has them all."""

_METRIC_LABELS = {
    "seconds": "seconds per right answer",
    "language_model_calls": "calls of the language model per right answer",
    "tokens": "tokens per right answer",
    "peak_mib": "peak memory, MiB",
}
_FAILURE_KINDS = (
    "plan: none, or other tools; argument: the right tools with wrong arguments; tool or memory: a "
    "tool failed or ran out of memory; answer: everything ran, and what is said or shown is wrong."
)

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def write_report(logs: Sequence[EvalLog], out: Path) -> None:
    """Write the report as one self-contained file."""
    parts = [_overview(logs), *_comparisons(logs), *map(_run, _LETTERS, logs)]
    write_page(out, "Evaluation", parts)


def _overview(logs: Sequence[EvalLog]) -> str:
    bars: list[Bar] = []
    failures: dict[str, Counter[str]] = {}
    for letter, log in zip(_LETTERS, logs, strict=False):
        for name, scored in scores_of(log).items():
            label = f"{letter} {log.eval.task}: {name}"
            values = [scored_sample.value for scored_sample in scored]
            # Measures such as decibels are not shares; they are in the run's own table.
            if all(0 <= value <= 1 for value in values):
                share = sum(values) / len(values)
                bars.append(Bar(label, share, *wilson_interval(sum(values), len(values))))
            failure_kinds = Counter(
                scored_sample.failure for scored_sample in scored if scored_sample.failure
            )
            failures[label] = failure_kinds
    return (
        f"<h2>Scores</h2><p>With 95 % intervals.</p>{bars_with_intervals(bars)}"
        f'<h2>Failures by kind</h2><p class="note">{_FAILURE_KINDS}</p>{stacked(failures)}'
    )


def _comparisons(logs: Sequence[EvalLog]) -> Iterator[str]:
    for before, after in pairwise(logs):
        if before.eval.task != after.eval.task:
            continue
        rows = [
            [
                comparison.score,
                str(comparison.samples),
                f"{comparison.mean_a:.3f}",
                f"{comparison.mean_b:.3f}",
                f"{comparison.low:+.3f} to {comparison.high:+.3f}",
                comparison.verdict,
                ", ".join(sample.sample for sample in comparison.better),
                ", ".join(sample.sample for sample in comparison.worse),
            ]
            for comparison in compare_runs(before, after).scores
        ]
        head = ["score", "samples", "before", "after", "difference (95 %)", "verdict"]
        head += ["better", "worse"]
        heading = f"{escape(run_title(before))} → {escape(run_title(after))}"
        yield f"<h2>{heading}</h2>{table_html(head, rows)}"


def _run(letter: str, log: EvalLog) -> str:
    wrong = [sample for sample in log.samples or [] if _wrong_scores(sample)]
    details = list(map(_sample, wrong[:SHOWN_SAMPLES]))
    remaining = len(wrong) - len(details)
    more = f"<p>{remaining} more are in the log.</p>" if remaining else ""
    origin = escape(describe_origin(log)).replace("`", "")
    return (
        f"<h2>{letter}: {escape(run_title(log))}</h2>"
        f"<p>{escape(describe_share(log))}.</p><p>{origin}</p>"
        f"{_metrics(log)}{_published(log)}"
        f"<h3>Seconds for each sample</h3>"
        f"<p>Filled: all scores are full; hollow: at least one is not.</p>"
        f"{points(_seconds(log), 's')}"
        f"<h3>Samples without a full score: {len(wrong)} of {len(log.samples or [])}</h3>"
        f"{''.join(details)}{more}"
    )


def _metrics(log: EvalLog) -> str:
    """Return a table with a row for each metric and a column for each score."""
    values: dict[str, dict[str, float]] = {}
    for score, metric, value in metrics_of(log):
        values.setdefault(metric, {})[score] = value
    scores = list(dict.fromkeys(score for row in values.values() for score in row))
    lows, highs = values.pop("low", {}), values.pop("high", {})
    rows: list[list[str]] = []
    for metric, row in values.items():
        cells = [format_number(row[score]) if score in row else "" for score in scores]
        rows.append([_METRIC_LABELS.get(metric, metric), *cells])
        if metric == "mean" and lows and highs:
            bounds = [
                f"{lows[score]:.3f} to {highs[score]:.3f}" if score in lows else ""
                for score in scores
            ]
            rows.append(["95 % interval", *bounds])
    return table_html(["", *scores], rows) if rows else ""


def _published(log: EvalLog) -> str:
    """Return the run beside published results of the same set."""
    table = baselines_for(log)
    if table is None:
        return ""
    return (
        f"<h3>Beside published results</h3>{table_html(*result_rows(log))}"
        f'<p>Source: <a href="{escape(table.source)}">{escape(table.source)}</a>; '
        f"{escape(table.note)}.</p>"
    )


def _seconds(log: EvalLog) -> list[tuple[float, bool]]:
    timings: list[tuple[float, bool]] = []
    for sample in log.samples or []:
        values = [score.value for score in (sample.scores or {}).values()]
        timings.append(
            (attempt_of_sample(sample).spent.seconds, all(value == 1 for value in values))
        )
    return timings


def _wrong_scores(sample: EvalSample) -> dict[str, Score]:
    return {name: score for name, score in (sample.scores or {}).items() if score.value != 1}


def _sample(sample: EvalSample) -> str:
    wrong = _wrong_scores(sample)
    kinds = [f"{name}: {(s.metadata or {}).get('failure') or s.value}" for name, s in wrong.items()]
    target = sample.target if isinstance(sample.target, str) else "\n".join(sample.target)
    reference = labelled("a right plan or answer", target)
    return (
        f"<details><summary>{escape(str(sample.id))}: {escape(request_of(sample))} "
        f"<em>{escape(', '.join(kinds))}</em></summary>{inputs_html(sample)}"
        f'<div class="pair"><div>{attempt_html(sample)}{media_html(sample)}</div><div>'
        f"{''.join(score_html(name, score) for name, score in wrong.items())}{reference}"
        f"</div></div></details>"
    )
