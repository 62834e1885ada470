"""Write the results of runs as Markdown tables, to paste into a page such as docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import fmean, median
from typing import TYPE_CHECKING

from evals.harness.run_origin import describe_origin
from evals.harness.suite_size import describe_share
from evals.published.baselines import baselines_for, result_rows
from evals.published.own_results import PUBLISHED_SUITES, own_results
from evals.scoring.estimates import estimate_share
from evals.scoring.eval_logs import attempt_of_sample, format_number, metrics_of, scores_of

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog, EvalSample

_GROUPS = ("kind", "wording", "task", "fault", "split")
"""Fields of samples whose groups have a row each."""
_RIGHT, _MAKES_NOTHING_UP, _READS_WELL = "answered_rightly", "makes_nothing_up", "reads_well"


def run_tables(log: EvalLog) -> str:
    """Return the tables of a run, with its command and the share of the suite that it saw."""
    if log.eval.task in PUBLISHED_SUITES:
        tables = _published(log)
    elif log.eval.task == "answers":
        tables = _answers(log)
    else:
        tables = _by_group(log)
    return "\n\n".join([describe_origin(log), describe_share(log) + ".", *tables])


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *([_escape(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _escape(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")


def _published(log: EvalLog) -> Iterator[str]:
    results = own_results(log)
    head, rows = result_rows(log)
    if rows:
        yield markdown_table(head, rows)
    if results.more:
        cells = [[name, str(estimate)] for name, estimate in results.more.items()]
        yield markdown_table(["score", "this run"], cells)
    count = len(log.samples or [])
    yield (
        f"{results.with_plan} of {count} samples have a valid plan; in strict scores, the others "
        "count as wrong. 95 % intervals in parentheses."
    )
    table = baselines_for(log)
    if table:
        yield f"Published results: {table.source}; {table.note}."
    else:
        yield "There are no published results for this set."


def _answers(log: EvalLog) -> Iterator[str]:
    """Yield a table by kind, with what was made up, and the cost of a request."""
    samples = log.samples or []
    kinds = list(dict.fromkeys(_field(sample, "kind") for sample in samples))
    groups = {kind: [s for s in samples if _field(s, "kind") == kind] for kind in kinds}
    own = [sample for sample in samples if _field(sample, "kind") != "tempting"]
    groups["**all but tempting**"] = own
    for split in ("report", "tune"):
        groups[f"split {split}"] = [sample for sample in own if _field(sample, "split") == split]
    groups["after earlier turns"] = [s for s in own if (s.metadata or {}).get("earlier")]
    head = ["kind", "right", "95 %", "made up", "raw coordinates"]
    yield markdown_table(head, [_answers_row(name, part) for name, part in groups.items() if part])
    yield (
        "Made up are answers that say something about a file that no tool has looked at (–: it is "
        "not known which tools ran). Raw coordinates are said though the request asks for none."
    )
    yield _cost(samples)


def _answers_row(name: str, samples: Sequence[EvalSample]) -> list[str]:
    right = [_value(sample, _RIGHT) for sample in samples]
    estimate = str(estimate_share(right)).partition("(")[2].rstrip(")")
    return [
        name,
        f"{sum(right):.0f} of {len(right)}",
        estimate,
        _count_wrong(samples, _MAKES_NOTHING_UP),
        _count_wrong(samples, _READS_WELL),
    ]


def _count_wrong(samples: Sequence[EvalSample], score: str) -> str:
    scored = [sample for sample in samples if score in (sample.scores or {})]
    return str(sum(_value(sample, score) < 1 for sample in scored)) if scored else "–"


def _by_group(log: EvalLog) -> Iterator[str]:
    """Yield a table of all scores, and of each by the groups of its samples."""
    samples = {str(sample.id): sample for sample in log.samples or []}
    rows: list[list[str]] = []
    for name, scored in scores_of(log).items():
        if any(not 0 <= entry.value <= 1 for entry in scored):
            continue
        values = {entry.sample: entry.value for entry in scored}
        rows.append([name, *_cells(list(values.values()))])
        for field in _GROUPS:
            groups: dict[str, list[float]] = {}
            for sample, value in values.items():
                groups.setdefault(_field(samples[sample], field), []).append(value)
            if len(groups) > 1:
                rows += [[f"{field}: {group}", *_cells(part)] for group, part in groups.items()]
    if rows:
        yield markdown_table(["score", "right", "share and 95 % interval"], rows)
    else:
        metrics = [[f"{s}: {m}", format_number(value)] for s, m, value in metrics_of(log)]
        yield markdown_table(["score", "value"], metrics)
    yield _cost(list(samples.values()))


def _cells(values: Sequence[float]) -> list[str]:
    return [f"{format_number(sum(values))} of {len(values)}", str(estimate_share(values))]


def _cost(samples: Sequence[EvalSample]) -> str:
    spent = [attempt_of_sample(sample).spent for sample in samples]
    if not spent:
        return "No sample was run."
    tokens = fmean(cost.input_tokens + cost.output_tokens for cost in spent)
    return (
        f"A request took {median(cost.seconds for cost in spent):.1f} s (median)"
        + (f" and {tokens:,.0f} tokens (mean)" if tokens else "")
        + ", failures included."
    )


def _value(sample: EvalSample, score: str) -> float:
    return sample.scores[score].as_float() if score in (sample.scores or {}) else 0.0


def _field(sample: EvalSample, name: str) -> str:
    return str((sample.metadata or {}).get(name, ""))
