"""Write an HTML report of runs: scores, costs, failures, and every wrong sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from evals.pages.svg_plots import Bar, bars_with_intervals, points, stacked
from evals.scoring.eval_logs import (
    attempt_of_sample,
    format_number,
    metrics_of,
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
SHOWN_PICTURES = 4

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def write_report(logs: Sequence[EvalLog], out: Path) -> None:
    """Write the report as one self-contained file."""
    template = Template(files("evals.data").joinpath("report.html").read_text(encoding="utf-8"))
    parts = [_overview(logs), *_comparisons(logs), *map(_run, _LETTERS, logs)]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(template.substitute(content="\n".join(parts)), encoding="utf-8")


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
                ", ".join(sample.sample for sample in comparison.better),
                ", ".join(sample.sample for sample in comparison.worse),
            ]
            for comparison in compare_runs(before, after)
        ]
        head = ["score", "samples", "before", "after", "difference (95 %)", "better", "worse"]
        heading = f"{_words(run_title(before))} → {_words(run_title(after))}"
        yield f"<h2>{heading}</h2>{_table(head, rows)}"


def _run(letter: str, log: EvalLog) -> str:
    rows = [[score, metric, format_number(value)] for score, metric, value in metrics_of(log)]
    wrong = list(_wrong_samples(log))
    details = [_sample(sample, name, score) for sample, name, score in wrong[:SHOWN_SAMPLES]]
    remaining = len(wrong) - len(details)
    more = f"<p>{remaining} more are in the log.</p>" if remaining else ""
    return (
        f"<h2>{letter}: {_words(run_title(log))}</h2>"
        f"<p>{len(log.samples or [])} samples, {_words(log.status)}, {_words(log.eval.created)}</p>"
        f"{_table(['score', 'metric', 'value'], rows)}"
        f"<h3>Seconds a sample</h3>{points(_seconds(log), 's')}"
        f"<h3>Wrong samples</h3>{''.join(details) or '<p>None.</p>'}{more}"
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
    request = sample.input if isinstance(sample.input, str) else sample.input[-1].text
    target = sample.target if isinstance(sample.target, str) else sample.target[:1]
    reference = target if isinstance(target, str) else "".join(target)
    messages = [attempt.answer, attempt.error, *(f"{f.text}: {f.error}" for f in attempt.failures)]
    return (
        f"<details><summary>{_words(str(sample.id))}: {_words(request)} "
        f"<em>{_words(name)}: {_words(failure)}</em></summary>"
        f'<div class="pair"><div><h4>plan</h4><pre>{_words(attempt.plan or "none")}</pre></div>'
        f"<div><h4>right</h4><pre>{_words(reference)}</pre></div></div>"
        f"<pre>{_words(chr(10).join(filter(None, messages)))}</pre>"
        f"<pre>{_words(score.explanation or '')}</pre>{_media(sample)}</details>"
    )


def _media(sample: EvalSample) -> str:
    """Return HTML elements for the images, audio and videos of the answer."""
    elements: list[str] = []
    for message in sample.messages[-1:]:
        if isinstance(message.content, str):
            continue
        for content in message.content:
            match content.type:
                case "image":
                    elements.append(
                        f'<img src="{escape(_resolved(sample, content.image))}" alt="">'
                    )
                case "audio":
                    source = escape(_resolved(sample, content.audio))
                    elements.append(f'<audio controls src="{source}"></audio>')
                case "video":
                    source = escape(_resolved(sample, content.video))
                    elements.append(f'<video controls src="{source}"></video>')
                case _:
                    pass
    return "".join(elements[:SHOWN_PICTURES])


def _resolved(sample: EvalSample, source: str) -> str:
    """Resolve a source that Inspect stores as an attachment."""
    return sample.attachments.get(source.removeprefix("attachment://"), source)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    top = "".join(f"<th>{_words(cell)}</th>" for cell in head)
    body = "".join(
        "<tr>" + "".join(f"<td>{_words(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><tr>{top}</tr>{body}</table>"


def _words(text: str) -> str:
    return escape(text)
