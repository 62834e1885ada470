"""The commands `batuta eval …`: run suites, and score, compare and report runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
import typer.core

from agent.cli.options import exit_on_error
from agent.runtime.run_coroutine import run_coroutine
from evals.ablations_command import ablations
from evals.compare_command import compare, gate
from evals.harness.suite_arguments import suite_arguments
from evals.peers_command import peers
from evals.votes_command import votes


class _SuiteOrCommand(typer.core.TyperGroup):
    """A group where `batuta eval requests` means `batuta eval run requests`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["run", *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_SuiteOrCommand,
    help="Score plans, runs and answers, and compare two runs.",
    no_args_is_help=True,
)

app.command()(ablations)
app.command()(compare)
app.command()(gate)
app.command()(peers)
app.command()(votes)

RunPath = Annotated[Path, typer.Argument(help="A run's folder, or its log.")]


@app.command("list")
def list_suites() -> None:
    """List the suites that come with Batuta."""
    from rich.console import Console
    from rich.table import Table

    from evals.suites import SUITES

    table = Table("suite", "what it measures", box=None)
    for suite in SUITES.values():
        table.add_row(suite.name, suite.summary + (" Needs --data." if suite.needs_data else ""))
    Console().print(table)


@app.command()
def run(
    suite: Annotated[str, typer.Argument(help="A suite's name, or a Python file with a @task.")],
    llm: Annotated[str, typer.Option("--llm", help="The language model, as provider:model.")] = "",
    profile: Annotated[str, typer.Option(help="The profile of models to use.")] = "offline",
    agent: Annotated[
        str, typer.Option(help="Another agent: module:function, file.py:function, or a URL.")
    ] = "",
    agent_model: Annotated[str, typer.Option(help="The model that a chat URL is asked for.")] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="Maximum number of samples.")] = None,
    data: Annotated[Path | None, typer.Option(help="The folder with published files.")] = None,
    option: Annotated[
        list[str], typer.Option("--set", help="Another parameter of the suite: split=tune")
    ] = [],  # noqa: B006  (typer copies it)
    out: Annotated[Path, typer.Option(help="The folder for runs.")] = Path("eval-runs"),
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Continue an unfinished run.")
    ] = True,
) -> None:
    """Run a suite; the same command again continues an unfinished run."""
    arguments = exit_on_error(lambda: suite_arguments(llm, profile, data, option))
    arguments |= {"agent": agent} if agent else {}
    arguments |= {"agent_model": agent_model} if agent_model else {}
    exit_on_error(lambda: _run(suite, arguments, limit, out, resume))


@app.command()
def score(run: RunPath) -> None:
    """Score a run again with the current scorers; no model is needed."""
    exit_on_error(lambda: _score(run))


@app.command()
def report(
    runs: Annotated[
        list[Path], typer.Argument(help="Runs, or a folder of runs: the latest of each suite.")
    ],
    out: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("eval-report.html"),
) -> None:
    """Write an HTML report: scores, costs, failures by kind, and wrong plans."""
    exit_on_error(lambda: _report(runs, out))
    typer.echo(f"wrote {out}")


def _run(suite: str, arguments: dict[str, Any], limit: int | None, out: Path, resume: bool) -> None:
    from evals.harness.run_suite import SuiteOptions, run_suite

    log = run_coroutine(run_suite(SuiteOptions(suite, arguments, limit), out, resume=resume))
    folder = Path(log.location).parent
    typer.echo(f"log: inspect view --log-dir {folder}\nreport: batuta eval report {folder}")
    stopped = [sample for sample in log.samples or [] if sample.error]
    if stopped:
        first = stopped[0]
        message = first.error.message if first.error else ""
        typer.echo(
            f"{len(stopped)} samples raised an error and count as wrong; the first is "
            f"{first.id!r}: {message}",
            err=True,
        )
    if log.status != "success":
        typer.echo(f"the run is {log.status}: repeat the command to continue", err=True)
        raise typer.Exit(1)


def _score(path: Path) -> None:
    from inspect_ai.log import write_eval_log

    from evals.harness.run_suite import read_run, score_again
    from evals.scoring.eval_logs import show_scores

    scored = score_again(read_run(path))
    write_eval_log(scored, scored.location)
    show_scores(scored)


def _report(runs: list[Path], out: Path) -> None:
    from evals.harness.run_suite import list_runs, read_run
    from evals.harness.suite_size import describe_share
    from evals.pages.html_report import write_report

    logs = [read_run(run) for path in runs for run in list_runs(path)]
    write_report(logs, out)
    for log in logs:
        typer.echo(describe_share(log))
