"""The commands `batuta eval …`: run suites, and score, compare and report runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from agent.cli.options import exit_on_error
from agent.runtime.run_coroutine import run_coroutine
from evals.ablations_command import ablations
from evals.compare_command import compare, gate
from evals.harness.suite_arguments import suite_arguments
from evals.peers_command import peers
from evals.votes_command import votes

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog


class _SuiteOrCommand(typer.core.TyperGroup):
    """A group where `batuta eval requests` means `batuta eval run requests`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["run", *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_SuiteOrCommand,
    help=(
        "Run suites of requests offline, and score, compare and report the runs.\n\n"
        "Begin with `batuta eval answers --limit 10`, then `batuta eval report eval-runs`."
    ),
    no_args_is_help=True,
)

RunPath = Annotated[Path, typer.Argument(help="A run's folder, or its log.")]
RunPaths = Annotated[
    list[Path],
    typer.Argument(help="Runs, or a folder of runs: the latest of each suite and its options."),
]


@app.command("list")
def list_suites() -> None:
    """List the suites that come with Batuta."""
    from rich.console import Console
    from rich.table import Table

    from evals.suites import SUITES

    table = Table("suite", "what it measures", box=None)
    for suite in SUITES.values():
        table.add_row(suite.name, suite.summary + (" Needs --data." if suite.needs_data else ""))
    console = Console()
    console.print(table)
    console.print("\nRun one: batuta eval answers --limit 10", highlight=False)


@app.command()
def run(
    suite: Annotated[str, typer.Argument(help="A suite's name, or a Python file with a @task.")],
    llm: Annotated[
        str,
        typer.Option("--llm", help="The language model; default: that of the profile."),
    ] = "",
    profile: Annotated[str, typer.Option(help="The profile of models to use.")] = "offline",
    agent: Annotated[
        str, typer.Option(help="Another agent: module:function, file.py:function, or a URL.")
    ] = "",
    agent_model: Annotated[str, typer.Option(help="The model that a chat URL is asked for.")] = "",
    limit: Annotated[
        int | None, typer.Option(min=1, help="Maximum number of samples, mixed from all kinds.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="The folder with the files of a published set.")
    ] = None,
    option: Annotated[
        list[str],
        typer.Option("--set", help="Another parameter of the suite, such as kind=image."),
    ] = [],  # noqa: B006  (typer copies it)
    out: Annotated[Path, typer.Option(help="The folder for runs.")] = Path("eval-runs"),
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Continue an unfinished run, or start anew.")
    ] = True,
) -> None:
    """Run a suite; `run` may be omitted. The same command continues an unfinished run."""
    arguments = exit_on_error(lambda: suite_arguments(llm, profile, data, option))
    arguments |= {"agent": agent} if agent else {}
    arguments |= {"agent_model": agent_model} if agent_model else {}
    exit_on_error(lambda: _run(suite, arguments, limit, out, resume))


@app.command()
def report(
    runs: RunPaths,
    out: Annotated[Path, typer.Option(help="The HTML file to write.")] = Path("eval-report.html"),
) -> None:
    """Write one HTML page that opens offline: scores, costs, failures and wrong samples."""
    exit_on_error(lambda: _report(runs, out))
    typer.echo(f"wrote {out}")


@app.command()
def tables(runs: RunPaths) -> None:
    """Print the results of runs as Markdown tables with intervals, commands and versions."""
    exit_on_error(lambda: _tables(runs))


@app.command()
def score(run: RunPath) -> None:
    """Score a run again with the current scorers; no model runs."""
    exit_on_error(lambda: _score(run))


for command in (compare, gate, ablations, peers, votes):
    app.command()(command)


def _run(suite: str, arguments: dict[str, Any], limit: int | None, out: Path, resume: bool) -> None:
    from evals.harness.run_suite import SuiteOptions, run_suite
    from evals.harness.suite_size import describe_share

    log = run_coroutine(run_suite(SuiteOptions(suite, arguments, limit), out, resume=resume))
    folder = _shown_folder(log)
    typer.echo(f"{describe_share(log)}\nreport: batuta eval report {folder}")
    typer.echo(f"samples: inspect view --log-dir {folder}")
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


def _shown_folder(log: EvalLog) -> Path:
    """Return the folder of a run, relative to this one where that is shorter."""
    folder = Path(log.location).parent
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder


def _score(path: Path) -> None:
    from inspect_ai.log import write_eval_log

    from evals.harness.run_suite import read_run, score_again
    from evals.scoring.eval_logs import show_scores

    scored = score_again(read_run(path))
    write_eval_log(scored, scored.location)
    show_scores(scored)


def _read_logs(runs: list[Path]) -> list[EvalLog]:
    from evals.harness.run_suite import list_runs, read_run

    return [read_run(run) for path in runs for run in list_runs(path).values()]


def _report(runs: list[Path], out: Path) -> None:
    from evals.harness.suite_size import describe_share
    from evals.pages.html_report import write_report

    logs = _read_logs(runs)
    write_report(logs, out)
    for log in logs:
        typer.echo(describe_share(log))


def _tables(runs: list[Path]) -> None:
    from evals.pages.markdown_tables import run_tables

    typer.echo("\n\n".join(map(run_tables, _read_logs(runs))))
