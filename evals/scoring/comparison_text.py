"""Say in words what a comparison of runs shows, and write it for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree

from agent.record.control_characters import visible
from evals.scoring.run_comparison import Comparison, RunComparison


def explain(comparison: Comparison) -> str:
    """Return a sentence with the verdict, the changed samples and the chance."""
    better, worse, samples = len(comparison.better), len(comparison.worse), comparison.samples
    low, high = comparison.low, comparison.high
    if comparison.test.name == "McNemar":
        changes = f"{worse} became wrong and {better} right, of {samples}"
        interval = f"{round(100 * low):+d} to {round(100 * high):+d} points"
    else:
        changes = f"{worse} became worse and {better} better, of {samples}"
        interval = f"{low:+.3f} to {high:+.3f}"
    beginning = {
        "worse": f"B is worse in {comparison.score}",
        "better": f"B is better in {comparison.score}",
    }.get(comparison.verdict, f"No sure difference in {comparison.score}")
    if not better and not worse:
        return f"{beginning}: no sample changed, of {samples}."
    return (
        f"{beginning}: {changes}. Chance alone gives such a difference in "
        f"{_percent(comparison.adjusted_p)} of comparisons; B - A is {interval} (95 % interval)."
    )


def summarize(comparison: RunComparison) -> str:
    """Return one sentence about all scores of two runs."""
    worse = [score.score for score in comparison.scores if score.is_worse]
    better = [score.score for score in comparison.scores if score.is_better]
    parts = [
        f"B is {word} than A in {', '.join(scores)}"
        for word, scores in (("worse", worse), ("better", better))
        if scores
    ]
    return (" and ".join(parts) or "There is no sure difference between A and B") + "."


def show_comparison(comparison: RunComparison) -> None:
    """Print the table of scores, the verdict, and the samples that changed."""
    from rich.console import Console
    from rich.table import Column, Table

    console = Console(highlight=False)
    console.print(f"A: {comparison.a}\nB: {comparison.b}", markup=False)
    score_column = Column("score", no_wrap=True)
    table = Table(score_column, "samples", "A", "B", "B - A", "95 % interval", "p", "", box=None)
    for score in comparison.scores:
        table.add_row(
            score.score,
            str(score.samples),
            f"{score.mean_a:.3f}",
            f"{score.mean_b:.3f}",
            f"{score.difference:+.3f}",
            f"{score.low:+.3f} to {score.high:+.3f}",
            f"{score.adjusted_p:.3f}",
            score.verdict,
        )
    console.print(table)
    for score in comparison.scores:
        for verdict, samples in (("worse", score.worse), ("better", score.better)):
            for sample in samples:
                console.print(
                    f"{score.score} {verdict}: {sample.sample}: {sample.request}", markup=False
                )
    for score in comparison.scores:
        console.print(explain(score), markup=False)
    for note in notes(comparison):
        console.print(note, markup=False)
    console.print(summarize(comparison), markup=False)


def notes(comparison: RunComparison) -> list[str]:
    """Return what a reader should know about the samples compared."""
    lines = [
        f"{len(samples)} samples are only in {run}: {', '.join(samples[:5])}"
        + (" …" if len(samples) > 5 else "")
        for run, samples in (("A", comparison.only_in_a), ("B", comparison.only_in_b))
        if samples
    ]
    return lines if comparison.is_finished else [*lines, "A or B is not finished."]


def as_json(comparison: RunComparison) -> dict[str, Any]:
    """Return a comparison as plain values."""
    return {
        "suite": comparison.suite,
        "a": comparison.a,
        "b": comparison.b,
        "verdict": summarize(comparison),
        "worse": comparison.is_worse,
        "finished": comparison.is_finished,
        "only_in_a": comparison.only_in_a,
        "only_in_b": comparison.only_in_b,
        "scores": [
            {
                "score": score.score,
                "samples": score.samples,
                "mean_a": score.mean_a,
                "mean_b": score.mean_b,
                "difference": score.difference,
                "low": score.low,
                "high": score.high,
                "test": score.test.name,
                "p": score.test.p,
                "adjusted_p": score.adjusted_p,
                "verdict": score.verdict,
                "explanation": explain(score),
                "became_better": [sample.sample for sample in score.better],
                "became_worse": [sample.sample for sample in score.worse],
            }
            for score in comparison.scores
        ],
    }


def as_junit(comparisons: Sequence[RunComparison], errors: Sequence[str] = ()) -> str:
    """Return JUnit XML: a test case a score, failed if it became worse.

    `errors` are suites that could not be compared.
    """
    root = ElementTree.Element("testsuites", name="batuta eval gate")
    for comparison in comparisons:
        failed = sum(score.is_worse for score in comparison.scores)
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name=comparison.suite,
            tests=str(len(comparison.scores)),
            failures=str(failed),
            errors="0",
        )
        for score in comparison.scores:
            case = ElementTree.SubElement(
                suite, "testcase", classname=comparison.suite, name=score.score
            )
            if score.is_worse:
                failure = ElementTree.SubElement(
                    case, "failure", message=explain(score), type="worse"
                )
                failure.text = "\n".join(f"{s.sample}: {s.request}" for s in score.worse)
            ElementTree.SubElement(case, "system-out").text = explain(score)
    if errors:
        suite = ElementTree.SubElement(
            root,
            "testsuite",
            name="runs",
            tests=str(len(errors)),
            failures="0",
            errors=str(len(errors)),
        )
        for message in errors:
            case = ElementTree.SubElement(suite, "testcase", classname="runs", name=message)
            ElementTree.SubElement(case, "error", message=message)
    ElementTree.indent(root)
    for element in root.iter():  # XML 1.0 cannot hold control characters
        element.text = visible(element.text) if element.text else None
        element.attrib.update({name: visible(value) for name, value in element.attrib.items()})
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _percent(p: float) -> str:
    return "less than 1 %" if p < 0.01 else f"{100 * p:.0f} %"
