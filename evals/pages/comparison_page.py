"""Write a page with the requests that two runs answered differently, side by side."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from evals.pages.page_parts import (
    attempt_html,
    inputs_html,
    media_html,
    score_html,
    table_html,
    write_page,
)
from evals.scoring.comparison_text import explain, notes, summarize
from evals.scoring.eval_logs import request_of
from evals.scoring.run_comparison import RunComparison

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog, EvalSample

MAX_SHOWN_SAMPLES = 300


def write_comparison(comparison: RunComparison, a: EvalLog, b: EvalLog, out: Path) -> None:
    """Write the scores, the verdict, and every request whose score changed."""
    changed = comparison.changed
    samples_a, samples_b = _by_id(a), _by_id(b)
    pairs = [
        _pair(comparison, sample, samples_a[sample], samples_b[sample])
        for sample in changed[:MAX_SHOWN_SAMPLES]
    ]
    hidden = len(changed) - len(pairs)
    more = f"<p>{hidden} more changed; the logs have them.</p>" if hidden else ""
    parts = [*_overview(comparison), "<h2>Requests that changed</h2>", *pairs, more]
    write_page(out, f"Comparison: {comparison.suite}", parts if pairs else [*parts, "<p>None.</p>"])


def _overview(comparison: RunComparison) -> Iterator[str]:
    yield f"<p><b>{escape(summarize(comparison))}</b></p>"
    yield f"<p>A: {escape(comparison.a)}<br>B: {escape(comparison.b)}</p>"
    rows = [
        [
            score.score,
            str(score.samples),
            f"{score.mean_a:.3f}",
            f"{score.mean_b:.3f}",
            f"{score.difference:+.3f}",
            f"{score.low:+.3f} to {score.high:+.3f}",
            score.verdict,
        ]
        for score in comparison.scores
    ]
    yield table_html(["score", "samples", "A", "B", "B - A", "95 % interval", "verdict"], rows)
    for score in comparison.scores:
        yield f"<p>{escape(explain(score))}</p>"
    for note in notes(comparison):
        yield f"<p>{escape(note)}</p>"


def _pair(comparison: RunComparison, sample: str, a: EvalSample, b: EvalSample) -> str:
    changes = [
        f'<em class="{word}">{escape(score.score)}: {word}</em>'
        for score in comparison.scores
        for word, entries in (("worse", score.worse), ("better", score.better))
        if any(entry.sample == sample for entry in entries)
    ]
    return (
        f"<details open><summary><b>{escape(request_of(a))}</b> ({escape(sample)}) "
        f"{', '.join(changes)}</summary>{inputs_html(a)}"
        f'<div class="pair"><div><h3>A</h3>{_answer(a)}</div>'
        f"<div><h3>B</h3>{_answer(b)}</div></div></details>"
    )


def _answer(sample: EvalSample) -> str:
    scores = [score_html(name, score) for name, score in (sample.scores or {}).items()]
    return attempt_html(sample) + media_html(sample) + "".join(scores)


def _by_id(log: EvalLog) -> dict[str, EvalSample]:
    by_id: dict[str, EvalSample] = {}
    for sample in log.samples or []:
        by_id.setdefault(str(sample.id), sample)
    return by_id
