"""The command `batuta`. Exit codes: 0 done, 1 failed, 2 wrong usage.

Everything heavy is imported inside the command that needs it, so that help comes at once.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Coroutine
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from agent.blocking import run_to_end
from tools.errors import BatutaError

if TYPE_CHECKING:
    from agent.agent import Decision, Settings

app = typer.Typer(
    name="batuta",
    help="An agent in which one language model conducts many others.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
tool_app = typer.Typer(help="Make, check and try one tool.", no_args_is_help=True)
tools_app = typer.Typer(help="What plans can call: tools and named plans.")
models_app = typer.Typer(help="The models of a profile, and their weights.")
app.add_typer(tool_app, name="tool")
app.add_typer(tools_app, name="tools")
app.add_typer(models_app, name="models")

JOINT = "joint:sprites"
"""The conductor of `--arch 2`."""

Request = Annotated[str, typer.Argument(help="What you want, in your own words.")]
Files = Annotated[
    list[Path],
    typer.Option(
        "--file",
        help="A picture, sound, film or text: image1, audio1, …; a folder of pictures: images1.",
    ),
]
ToolFiles = Annotated[
    list[Path], typer.Option("--tools", help="A Python file with tools, or a .plan.")
]
ProfileName = Annotated[str, typer.Option("--profile", help="Which models may be used.")]
ModelName = Annotated[
    str, typer.Option("--llm", help="The language model, as provider:model (see the README).")
]
Architecture = Annotated[
    int,
    typer.Option(
        "--arch", min=1, max=2, help="1 plans commands; 2 thinks in pictures and sounds itself."
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same results.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON for other programs.")]


@app.callback()
def options(
    verbose: Annotated[bool, typer.Option("--verbose", help="Show the log.")] = False,
) -> None:
    logging.basicConfig(level=logging.INFO if verbose else logging.ERROR)


@app.command()
def run(
    request: Annotated[str, typer.Argument(help="What you want, in your own words.")] = "",
    file: Files = [],  # noqa: B006  (typer copies it)
    plan: Annotated[
        Path | None, typer.Option(help="Run this plan instead of having one written.")
    ] = None,
    tools: ToolFiles = [],  # noqa: B006
    profile: ProfileName = "offline",
    llm: ModelName = "",
    arch: Architecture = 1,
    seed: Seed = 0,
    out: Annotated[
        Path | None, typer.Option(help="A folder for the answer and its pictures and sounds.")
    ] = None,
    ask: Annotated[bool, typer.Option("--ask", help="Show me the plan before it runs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Answer a request: plan it, run it, say what came of it."""
    from agent.following import follow

    if not request and plan is None:
        raise typer.BadParameter("give a request, or a plan with --plan", param_hint="REQUEST")
    settings = _settings(tools, profile, llm, arch)
    written = _read(plan) if plan else ""
    asked = request or f"run the plan {plan}"
    _finish(
        follow(
            settings,
            lambda agent: agent.run(asked, file, plan=written, seed=seed, ask_first=ask),
            out=out,
            as_json=as_json,
        )
    )


@app.command()
def resume(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="A run, or a part of its name.")],
    approve: Annotated[bool, typer.Option("--approve", help="The plan may run.")] = False,
    refuse: Annotated[bool, typer.Option("--refuse", help="The plan may not run.")] = False,
    plan: Annotated[Path | None, typer.Option(help="Run this plan instead.")] = None,
    tools: ToolFiles = [],  # noqa: B006
    out: Annotated[Path | None, typer.Option(help="A folder for the answer's files.")] = None,
    as_json: AsJson = False,
) -> None:
    """Go on with a run that was stopped, failed or waits: only what is left runs."""
    from agent.agent import Decision
    from agent.following import follow, settings_of

    decision: Decision | None = None
    if approve or refuse or plan:
        answer = "refuse" if refuse else "approve"
        decision = Decision(answer, _read(plan) if plan else "")
    settings = _checked(lambda: settings_of(run_id, tuple(tools)))
    _finish(
        follow(settings, lambda agent: agent.resume(run_id, decision), out=out, as_json=as_json)
    )


@app.command()
def plan(
    request: Request,
    file: Files = [],  # noqa: B006
    tools: ToolFiles = [],  # noqa: B006
    profile: ProfileName = "offline",
    llm: ModelName = "",
) -> None:
    """Print the plan for a request, without running it."""
    from agent.agent import Agent

    settings = _settings(tools, profile, llm)

    async def work() -> str:
        async with Agent.open(settings) as agent:
            return (await agent.plan(request, file)).text

    typer.echo(_wait(work()), nl=False)


@app.command()
def check(
    plan: Annotated[Path, typer.Argument(help="A file with a plan; - reads standard input.")],
    file: Files = [],  # noqa: B006
    tools: ToolFiles = [],  # noqa: B006
    profile: ProfileName = "offline",
) -> None:
    """Report every problem of a plan as line:column: message."""
    from agent.agent import Agent
    from agent.plan import PlanError

    settings = _settings(tools, profile, "")
    text = _read(plan)

    async def work() -> list[str]:
        async with Agent.open(settings) as agent:
            try:
                await agent.check(text, file)
            except PlanError as error:
                return [str(problem) for problem in error.problems]
            return []

    problems = _wait(work())
    for problem in problems:
        typer.echo(problem)
    raise typer.Exit(1 if problems else 0)


@app.command()
def replay(run_id: Annotated[str, typer.Argument(metavar="RUN")], as_json: AsJson = False) -> None:
    """Show again what happened in a run, without running anything."""
    from agent.following import show_again

    raise typer.Exit(_checked(lambda: show_again(run_id, as_json=as_json)))


@app.command()
def runs(as_json: AsJson = False) -> None:
    """List all runs: when they began, how they stand, what was asked."""
    from agent.tables import show_runs

    show_runs(as_json=as_json)


@tools_app.callback(invoke_without_command=True)
def tools(
    context: typer.Context,
    tools: ToolFiles = [],  # noqa: B006
    profile: ProfileName = "offline",
    as_json: AsJson = False,
) -> None:
    """List what plans can call: types, models, licences, sizes. Named plans come last."""
    if context.invoked_subcommand is None:
        from agent.orchestra import Orchestra
        from agent.tool_table import show_tools

        _checked(lambda: show_tools(Orchestra.load(profile, tools), as_json=as_json))


@tools_app.command("show")
def tools_show(
    name: Annotated[str, typer.Argument(help="A tool or a named plan.")],
    tools: ToolFiles = [],  # noqa: B006
    profile: ProfileName = "offline",
) -> None:
    """Show one tool in full, or print a named plan: save it as NAME.plan to change it."""
    from agent.orchestra import Orchestra
    from agent.tool_table import show_tool

    _checked(lambda: show_tool(Orchestra.load(profile, tools), name))


@tool_app.command("new")
def tool_new(
    name: Annotated[str, typer.Argument(help="The tool's name, as plans will call it.")],
    folder: Annotated[Path, typer.Option(help="Where to write it.")] = Path(),
) -> None:
    """Write a new tool with a passing test, ready to be changed."""
    from tools.registry import Registry
    from tools.scaffold import new_tool

    made = _checked(lambda: new_tool(name, folder, taken=Registry.load()))
    typer.echo(f"{made.tool}\n{made.test}\ntry it: batuta tool check {made.tool}")


@tool_app.command("check")
def tool_check(
    name: Annotated[str, typer.Argument(help="A tool's name, or a file as --tools takes it.")],
    tools: ToolFiles = [],  # noqa: B006
    profile: ProfileName = "offline",
) -> None:
    """Check a tool and run the examples of its docstring."""
    from agent.trying import check_tools

    raise typer.Exit(_wait(check_tools(name, tuple(tools), profile)))


@tool_app.command("run")
def tool_run(
    name: Annotated[str, typer.Argument(help="The tool's name.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(help="argument=value; a file's path is opened.")
    ] = None,
    tools: ToolFiles = [],  # noqa: B006
    profile: ProfileName = "offline",
    seed: Seed = 0,
    out: Annotated[Path | None, typer.Option(help="A folder for the result.")] = None,
    as_json: AsJson = False,
) -> None:
    """Call one tool: batuta tool run crop image=photo.jpg region=…"""
    from agent.following import follow
    from agent.orchestra import Orchestra
    from agent.trying import call_as_plan

    text, files = _checked(
        lambda: call_as_plan(Orchestra.load(profile, tools).find(name), arguments or [])
    )
    _finish(
        follow(
            _settings(tools, profile, ""),
            lambda agent: agent.run(f"tool run {name}", files, plan=text, seed=seed),
            out=out,
            as_json=as_json,
        )
    )


@models_app.callback(invoke_without_command=True)
def models(
    context: typer.Context,
    profile: ProfileName = "offline",
    as_json: AsJson = False,
) -> None:
    """List the models of a profile: licence, size, whether they are here."""
    if context.invoked_subcommand is None:
        from agent.tables import show_models

        _checked(lambda: show_models(profile, as_json=as_json))


@models_app.command("pull")
def models_pull(
    profile: ProfileName = "offline",
    plan: Annotated[
        bool, typer.Option("--plan", help="Only show what would be fetched, and from where.")
    ] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Read every file's hash again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fetch the weights of a profile's models."""
    from agent.pulling import pull_models, show_pull_plan

    if plan:
        _checked(lambda: show_pull_plan(profile, as_json=as_json))
    else:
        _checked(lambda: pull_models(profile, check=verify))


@app.command()
def chat(
    profile: ProfileName = "offline",
    llm: Annotated[
        list[str],
        typer.Option("--llm", help="A language model to choose from; the first is taken."),
    ] = [],  # noqa: B006
    arch: Architecture = 1,
    tools: ToolFiles = [],  # noqa: B006
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the page is served.")] = 7860,
    host: Annotated[str, typer.Option(help="The address it is served on.")] = "127.0.0.1",
    login: Annotated[
        list[str], typer.Option("--login", help="name:password of somebody who may come in.")
    ] = [],  # noqa: B006
    terminal: Annotated[bool, typer.Option("--terminal", help="Talk here, not on a page.")] = False,
) -> None:
    """Talk on a page in the browser, or here with --terminal."""
    settings = _settings(tools, profile, llm[0] if llm else "", arch)
    if terminal:
        from agent.terminal_chat import talk

        _wait(talk(settings))
        return
    from agent.chat.doors import read_logins
    from agent.chat.serving import serve

    logins = _checked(lambda: read_logins(login))
    _wait(serve(settings, host=host, port=port, logins=logins, language_models=llm))


def _settings(tools: list[Path], profile: str, llm: str, arch: int = 1) -> Settings:
    from agent.agent import Settings

    if arch == 2 and not llm:
        llm = JOINT
    return Settings(profile=profile, language_model=llm, tool_files=tuple(tools))


def _read(path: Path) -> str:
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{str(path)!r} cannot be read: {error}") from error


def _checked(work: Any) -> Any:
    """What the function gives; its error on stderr and exit 1 where it fails."""
    try:
        return work()
    except BatutaError as error:
        _fail(error)


def _wait(work: Coroutine[Any, Any, Any]) -> Any:
    try:
        return run_to_end(work)
    except BatutaError as error:
        _fail(error)
    except KeyboardInterrupt:
        raise typer.Exit(1) from None


def _finish(work: Coroutine[Any, Any, int]) -> NoReturn:
    raise typer.Exit(_wait(work))


def _fail(error: BatutaError) -> NoReturn:
    from agent.terminal import fail
    from tools.errors import CatalogueError

    fail(error)
    # An unknown profile or model was given on the command line.
    raise typer.Exit(2 if isinstance(error, CatalogueError) else 1) from error


def _add_commands_of_other_layers() -> None:
    """What evals and train add: `agent` may not import them, so they announce themselves."""
    for entry in sorted(entry_points(group="batuta.commands"), key=lambda entry: entry.name):
        command = entry.load()
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=entry.name)
        else:
            app.command(entry.name)(command)


def main() -> None:
    """The command `batuta`."""
    import tools

    # `tools` and `agent` are common names: another package of that name may stand in the way.
    if Path(str(tools.__file__)).parents[1] != Path(__file__).parents[1]:
        sys.exit(
            f"error: another package named 'tools' hides Batuta's: {tools.__file__}\n"
            "hint: install Batuta into an environment of its own, as the README shows"
        )
    _add_commands_of_other_layers()
    app()
