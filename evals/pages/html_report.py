"""Write an HTML report of runs: scores, costs, failures, and every wrong sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from evals.harness.suite_size import describe_share
from evals.pages.page_parts import media_html, table_html, write_page
from evals.pages.svg_plots import Bar, bars_with_intervals, points, stacked
from evals.published.baselines import baseline_rows, baselines_for
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
        f"<h2>Failures by kind</h2>{stacked(failures)}"
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
    rows = [[score, metric, format_number(value)] for score, metric, value in metrics_of(log)]
    wrong = list(_wrong_samples(log))
    details = [_sample(sample, name, score) for sample, name, score in wrong[:SHOWN_SAMPLES]]
    remaining = len(wrong) - len(details)
    more = f"<p>{remaining} more are in the log.</p>" if remaining else ""
    return (
        f"<h2>{letter}: {escape(run_title(log))}</h2>"
        f"<p>{escape(describe_share(log))}; {escape(log.status)}, {escape(log.eval.created)}</p>"
        f"{table_html(['score', 'metric', 'value'], rows)}{_published(log)}"
        f"<h3>Seconds a sample</h3>{points(_seconds(log), 's')}"
        f"<h3>Wrong samples</h3>{''.join(details) or '<p>None.</p>'}{more}"
    )


def _published(log: EvalLog) -> str:
    """Return the run beside published results of the same set."""
    table = baselines_for(log)
    if table is None:
        return ""
    return (
        f"<h3>Beside published results</h3>{table_html(*baseline_rows(table, log))}"
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


def _wrong_samples(log: EvalLog) -> Iterator[tuple[EvalSample, str, Score]]:
    for sample in log.samples or []:
        for name, score in (sample.scores or {}).items():
            if score.value != 1:
                yield sample, name, score


def _sample(sample: EvalSample, name: str, score: Score) -> str:
    attempt = attempt_of_sample(sample)
    failure = (score.metadata or {}).get("failure", "")
    target = sample.target if isinstance(sample.target, str) else sample.target[:1]
    reference = target if isinstance(target, str) else "".join(target)
    messages = [attempt.answer, attempt.error, *(f"{f.text}: {f.error}" for f in attempt.failures)]
    return (
        f"<details><summary>{escape(str(sample.id))}: {escape(request_of(sample))} "
        f"<em>{escape(name)}: {escape(failure)}</em></summary>"
        f'<div class="pair"><div><h4>plan</h4><pre>{escape(attempt.plan or "none")}</pre></div>'
        f"<div><h4>right</h4><pre>{escape(reference)}</pre></div></div>"
        f"<pre>{escape(chr(10).join(filter(None, messages)))}</pre>"
        f"<pre>{escape(score.explanation or '')}</pre>{media_html(sample)}</details>"
    )
