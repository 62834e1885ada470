"""The command `batuta`. Exit codes: 0 done, 1 failed, 2 wrong usage.

Large imports are inside the command that needs them, so that help is fast.
"""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.console import fail
from agent.cli.doctor_command import doctor
from agent.cli.mcp_command import mcp as mcp_command
from agent.cli.options import (
    AUTO,
    Architecture,
    AsJson,
    Conductor,
    ConductorKind,
    Files,
    McpServers,
    ModelName,
    ProfileName,
    Request,
    Seed,
    ToolFiles,
    exit_on_error,
    read_text,
    run_and_exit,
    run_async,
    settings_for,
    start_mcp_servers,
)
from agent.cli.tool_commands import models_app, tool_app, tools_app
from agent.record.control_characters import visible
from agent.record.storage_errors import STORAGE_EXCEPTIONS, storage_error
from tools.extras import missing_extra
from tools.home import home

if TYPE_CHECKING:
    from agent.runtime.agent_runtime import Decision

app = typer.Typer(
    name="batuta",
    help="An agent in which one language model conducts many others.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.add_typer(tool_app, name="tool")
app.add_typer(tools_app, name="tools")
app.add_typer(models_app, name="models")
app.command()(doctor)
app.command("mcp")(mcp_command)


def _print_version(requested: bool) -> None:
    if requested:
        typer.echo(f"batuta {version('batuta')}")
        raise typer.Exit


@app.callback()
def options(
    verbose: Annotated[bool, typer.Option("--verbose", help="Show the log.")] = False,
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR)


@app.command()
def run(
    request: Annotated[str, typer.Argument(help="What you want, in your own words.")] = "",
    file: Files = [],  # noqa: B006  (typer copies it)
    plan: Annotated[Path | None, typer.Option(help="Run this plan instead of writing one.")] = None,
    tools: ToolFiles = [],  # noqa: B006
    mcp: McpServers = None,
    profile: ProfileName = AUTO,
    llm: ModelName = "",
    conductor: Conductor = ConductorKind.PLAN,
    arch: Architecture = None,
    seed: Seed = 0,
    out: Annotated[Path | None, typer.Option(help="A folder for the answer and its files.")] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Show me the plan before it runs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Answer a request: write a plan, run it and print the answer."""
    from agent.cli.run_and_print import run_and_print

    if not request and plan is None:
        raise typer.BadParameter("give a request, or a plan with --plan", param_hint="REQUEST")
    settings = settings_for(tools, profile, llm, conductor, arch, mcp)
    plan_text = read_text(plan) if plan else ""
    request_text = request or f"run the plan {plan}"
    run_and_exit(
        run_and_print(
            settings,
            lambda agent: agent.run(
                request_text,
                file,
                plan=plan_text,
                seed=seed,
                ask_first=ask,
                ask_if_costly=sys.stdin.isatty(),
            ),
            out=out,
            as_json=as_json,
        )
    )


@app.command()
def resume(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run, or a part of its id.")],
    approve: Annotated[bool, typer.Option("--approve", help="The plan may run.")] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="The plan may not run.")] = False,
    plan: Annotated[Path | None, typer.Option(help="Run this plan instead.")] = None,
    tools: ToolFiles = [],  # noqa: B006
    mcp: McpServers = None,
    out: Annotated[Path | None, typer.Option(help="A folder for the answer's files.")] = None,
    as_json: AsJson = False,
) -> None:
    """Continue a run that was stopped, failed or waits for approval."""
    from agent.cli.run_and_print import run_and_print, settings_of
    from agent.runtime.agent_runtime import Decision

    decision: Decision | None = None
    if approve or refuse or plan:
        answer = "refuse" if refuse else "approve"
        decision = Decision(answer, read_text(plan) if plan else "")
    settings = exit_on_error(lambda: settings_of(run_id, tuple(tools), home()))
    settings = replace(settings, tools=start_mcp_servers(mcp, settings.profile))
    run_and_exit(
        run_and_print(
            settings, lambda agent: agent.resume(run_id, decision), out=out, as_json=as_json
        )
    )


@app.command()
def plan(
    request: Request,
    file: Files = [],  # noqa: B006
    tools: ToolFiles = [],  # noqa: B006
    profile: ProfileName = AUTO,
    llm: ModelName = "",
) -> None:
    """Print the plan for a request, without running it."""
    from agent.runtime.agent_runtime import AgentRuntime

    settings = settings_for(tools, profile, llm)

    async def work() -> str:
        async with AgentRuntime.open(settings) as agent:
            return (await agent.plan(request, file)).text

    typer.echo(visible(run_async(work())), nl=False)


@app.command()
def check(
    plan: Annotated[Path, typer.Argument(help="A file with a plan; - reads standard input.")],
    file: Files = [],  # noqa: B006
    tools: ToolFiles = [],  # noqa: B006
    profile: ProfileName = AUTO,
) -> None:
    """Print every problem of a plan as line:column: message."""
    from agent.plan import PlanError
    from agent.runtime.agent_runtime import AgentRuntime

    settings = settings_for(tools, profile, "")
    text = read_text(plan)

    async def work() -> list[str]:
        async with AgentRuntime.open(settings) as agent:
            try:
                await agent.check(text, file)
            except PlanError as error:
                return [str(problem) for problem in error.problems]
            return []

    problems = run_async(work())
    for problem in problems:
        typer.echo(visible(problem))
    raise typer.Exit(1 if problems else 0)


@app.command()
def replay(run_id: Annotated[str, typer.Argument(metavar="RUN")], as_json: AsJson = False) -> None:
    """Show the events of a run again, without running anything."""
    from agent.cli.run_and_print import replay_run

    raise typer.Exit(exit_on_error(lambda: replay_run(run_id, home(), as_json=as_json)))


@app.command()
def runs(as_json: AsJson = False) -> None:
    """List all runs with their start, state and request."""
    from agent.cli.tables import show_runs

    show_runs(home(), as_json=as_json)


@app.command()
def chat(
    profile: ProfileName = AUTO,
    llm: Annotated[
        list[str],
        typer.Option("--llm", help="A language model to offer; the first is the default."),
    ] = [],  # noqa: B006
    conductor: Conductor = ConductorKind.PLAN,
    arch: Architecture = None,
    tools: ToolFiles = [],  # noqa: B006
    mcp: McpServers = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port of the page.")] = 7860,
    host: Annotated[str, typer.Option(help="The address of the page.")] = "127.0.0.1",
    logins: Annotated[
        Path | None, typer.Option(help="A file of logins, written by: batuta login NAME >> FILE")
    ] = None,
    limit: Annotated[
        list[str], typer.Option("--limit", help="A limit for each visitor, as NAME=NUMBER.")
    ] = [],  # noqa: B006
    terminal: Annotated[bool, typer.Option("--terminal", help="Chat in the terminal.")] = False,
) -> None:
    """Chat on a page in the browser, or in this terminal."""
    settings = settings_for(tools, profile, llm[0] if llm else "", conductor, arch, mcp)
    if terminal:
        from agent.cli.terminal_chat import run_terminal_chat

        run_async(run_terminal_chat(settings))
        return
    from agent.web.access.logins import Logins, read_logins
    from agent.web.app import serve
    from agent.web.chat_limits import ChatLimits

    limits = exit_on_error(lambda: ChatLimits.parse(limit))
    accounts = Logins(exit_on_error(lambda: read_logins(logins)))
    run_async(
        serve(settings, host=host, port=port, logins=accounts, language_models=llm, limits=limits)
    )


@app.command()
def serve(
    profile: ProfileName = AUTO,
    llm: ModelName = "",
    tools: ToolFiles = [],  # noqa: B006
    mcp: McpServers = None,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port of the API.")] = 7861,
    host: Annotated[str, typer.Option(help="The address of the API.")] = "127.0.0.1",
    keys: Annotated[
        Path | None, typer.Option(help="The file of keys; by default `keys` in Batuta's home.")
    ] = None,
    new_key: Annotated[
        str, typer.Option(metavar="NAME", help="Add a key to the file, print it and exit.")
    ] = "",
    limit: Annotated[
        list[str], typer.Option("--limit", help="A limit for each key, as NAME=NUMBER.")
    ] = [],  # noqa: B006
    workers: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Run models on a Ray cluster: ray://auto or ray://HOST:PORT (docs/scaling.md).",
        ),
    ] = "",
    artifacts: Annotated[
        str, typer.Option(metavar="URL", help="Where media are stored, such as s3://BUCKET/PATH.")
    ] = "",
    database: Annotated[
        str,
        typer.Option(
            metavar="URL",
            envvar="BATUTA_DATABASE",
            help="Keep runs and conversations in PostgreSQL: postgresql://USER@HOST/DATABASE.",
        ),
    ] = "",
) -> None:
    """Serve the HTTP API for other programs."""
    from agent.server.access.api_keys import add_key, default_key_file, read_keys

    if new_key:
        typer.echo(exit_on_error(lambda: add_key(keys or default_key_file(), new_key)))
        return
    from agent.server.server_app import serve_api
    from agent.server.server_limits import ServerLimits

    limits = exit_on_error(lambda: ServerLimits.parse(limit))
    api_keys = exit_on_error(lambda: read_keys(keys))
    settings = settings_for(tools, profile, llm, mcp_servers=mcp)
    if workers:
        from agent.cluster.ray_workers import ray_workers

        open_workers = exit_on_error(lambda: ray_workers(workers, tools))
        settings = replace(settings, workers=open_workers)
    settings = replace(settings, artifacts=artifacts)
    if database:
        from agent.record.database_storage import DatabaseStorage

        storage = exit_on_error(lambda: DatabaseStorage(database, settings.home))
        settings = replace(settings, storage=storage)
    run_async(serve_api(settings, host=host, port=port, keys=api_keys, limits=limits))


@app.command()
def login(name: Annotated[str, typer.Argument(help="The name of the login.")]) -> None:
    """Ask for a password and print a line for --logins."""
    from agent.web.access.logins import login_line

    # Prompt on stderr: stdout is redirected into the file of logins.
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    typer.echo(exit_on_error(lambda: login_line(name, password)))


def _add_entry_point_commands() -> None:
    """Add the commands of evals and train from their entry points.

    `agent` may not import these packages.
    """
    for entry in sorted(entry_points(group="batuta.commands"), key=lambda entry: entry.name):
        command = entry.load()
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=entry.name)
        else:
            app.command(entry.name)(command)


def main() -> None:
    """Run the command `batuta`."""
    import tools

    # `tools` and `agent` are common names: another package may hide ours.
    if Path(str(tools.__file__)).parents[1] != Path(__file__).parents[2]:
        sys.exit(
            f"error: another package named 'tools' hides Batuta's: {tools.__file__}\n"
            "hint: install Batuta into an environment of its own, as the README shows"
        )
    _add_entry_point_commands()
    try:
        app()
    except ModuleNotFoundError as error:
        if (missing := missing_extra(error)) is None:
            raise
        sys.exit(f"error: {missing}")
    except STORAGE_EXCEPTIONS as error:
        if (explanation := storage_error(error, home())) is None:
            raise
        fail(explanation)
        sys.exit(1)
