"""The commands `batuta eval compare` and `batuta eval gate`, for any Inspect logs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.options import exit_on_error
from tools.errors import BatutaError, InputError

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog

    from evals.scoring.run_comparison import RunComparison

Scores = Annotated[
    list[str], typer.Option("--score", help="Only this score; may be repeated. Default: all.")
]
LowerIsBetter = Annotated[
    list[str],
    typer.Option("--lower-is-better", help="A score such as an error rate; may be repeated."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
JUnitFile = Annotated[Path | None, typer.Option("--junit", help="The JUnit XML file to write.")]
HtmlFile = Annotated[
    Path | None, typer.Option("--html", help="The page to write: changed requests side by side.")
]


def compare(
    a: Annotated[Path, typer.Argument(help="The run before: a run's folder, or any Inspect log.")],
    b: Annotated[Path, typer.Argument(help="The run after.")],
    scores: Scores = [],  # noqa: B006  (typer copies it)
    lower_is_better: LowerIsBetter = [],  # noqa: B006
    as_json: AsJson = False,
    junit: JUnitFile = None,
    html: HtmlFile = None,
    fail_on_regression: Annotated[
        bool, typer.Option("--fail-on-regression", help="Exit with 1 if B is worse beyond noise.")
    ] = False,
) -> None:
    """Show which scores and samples are better or worse in B, and whether noise explains it."""
    comparison = exit_on_error(lambda: _compare(a, b, scores, lower_is_better, html))
    _print([comparison], [], as_json=as_json, junit=junit)
    raise typer.Exit(1 if comparison.is_worse and fail_on_regression else 0)


def gate(
    baseline: Annotated[Path, typer.Argument(help="A run, or a folder of runs.")],
    run: Annotated[
        Path, typer.Argument(help="A run, or a folder with the latest run of each suite.")
    ] = Path("eval-runs"),
    scores: Scores = [],  # noqa: B006
    lower_is_better: LowerIsBetter = [],  # noqa: B006
    as_json: AsJson = False,
    junit: JUnitFile = None,
) -> None:
    """Exit with 1 if a suite of the baseline became worse beyond noise, or has no finished run."""
    comparisons, errors = exit_on_error(lambda: _gate(baseline, run, scores, lower_is_better))
    _print(comparisons, errors, as_json=as_json, junit=junit)
    raise typer.Exit(1 if errors or any(c.is_worse for c in comparisons) else 0)


def _compare(
    a: Path, b: Path, scores: list[str], lower_is_better: list[str], html: Path | None
) -> RunComparison:
    from evals.harness.run_suite import read_run
    from evals.scoring.run_comparison import compare_runs

    log_a, log_b = read_run(a), read_run(b)
    comparison = compare_runs(log_a, log_b, only=scores, lower_is_better=lower_is_better)
    if html:
        from evals.pages.comparison_page import write_comparison

        write_comparison(comparison, log_a, log_b, html)
        typer.echo(f"wrote {html}", err=True)
    return comparison


def _gate(
    baseline: Path, run: Path, scores: list[str], lower_is_better: list[str]
) -> tuple[list[RunComparison], list[str]]:
    """Return the comparisons, and why suites of the baseline could not be compared."""
    from evals.scoring.run_comparison import compare_runs

    before, after = _logs_by_suite(baseline), _logs_by_suite(run)
    comparisons: list[RunComparison] = []
    errors: list[str] = []
    for suite, old in before.items():
        try:
            new = _finished_run(suite, old, after, run)
            comparisons.append(compare_runs(old, new, only=scores, lower_is_better=lower_is_better))
        except BatutaError as error:
            errors.append(f"{suite}: {error}")
    return comparisons, errors


def _logs_by_suite(path: Path) -> dict[str, EvalLog]:
    from evals.harness.run_suite import list_runs, read_run

    return {suite: read_run(folder) for suite, folder in list_runs(path).items()}


def _finished_run(suite: str, old: EvalLog, after: dict[str, EvalLog], run: Path) -> EvalLog:
    new = after.get(suite)
    if new is None:
        raise InputError(
            f"there is no run of this suite in {str(run)!r}; there are: {', '.join(after)}",
            hint=f"run it with batuta eval {suite}",
        )
    if new.eval.run_id == old.eval.run_id and new.eval.created == old.eval.created:
        raise InputError(
            "the latest run is the baseline itself", hint=f"run it again with batuta eval {suite}"
        )
    if new.status != "success":
        raise InputError(
            f"the run is not finished, its state is {new.status!r}",
            hint="repeat the command that started it to continue",
        )
    return new


def _print(
    comparisons: list[RunComparison], errors: list[str], *, as_json: bool, junit: Path | None
) -> None:
    from agent.record.control_characters import json_text
    from evals.scoring import comparison_text

    if junit:
        junit.parent.mkdir(parents=True, exist_ok=True)
        junit.write_text(comparison_text.as_junit(comparisons, errors), encoding="utf-8")
    if as_json:
        content = {
            "worse": any(comparison.is_worse for comparison in comparisons),
            "comparisons": [comparison_text.as_json(comparison) for comparison in comparisons],
            "errors": errors,
        }
        typer.echo(json_text(content, indent=2))
        return
    for comparison in comparisons:
        comparison_text.show_comparison(comparison)
    for error in errors:
        typer.echo(f"error: {error}", err=True)
