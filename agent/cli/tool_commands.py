"""The commands `batuta tool`, `batuta tools` and `batuta models`: what plans can call."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.options import (
    AsJson,
    ProfileName,
    Seed,
    ToolFiles,
    checked,
    finish,
    settings_for,
    wait,
)

tool_app = typer.Typer(help="Make, check and try one tool.", no_args_is_help=True)
tools_app = typer.Typer(help="What plans can call: tools and named plans.")
models_app = typer.Typer(help="The models of a profile, and their weights.")


@tools_app.callback(invoke_without_command=True)
def tools(
    context: typer.Context,
    tools: ToolFiles = [],  # noqa: B006
    profile: ProfileName = "offline",
    as_json: AsJson = False,
) -> None:
    """List what plans can call: types, models, licences, sizes. Named plans come last."""
    if context.invoked_subcommand is None:
        from agent.cli.tool_table import show_tools
        from agent.runtime.session import Orchestra

        checked(lambda: show_tools(Orchestra.load(profile, tools), as_json=as_json))


@tools_app.command("show")
def tools_show(
    name: Annotated[str, typer.Argument(help="A tool or a named plan.")],
    tools: ToolFiles = [],  # noqa: B006
    profile: ProfileName = "offline",
) -> None:
    """Show one tool in full, or print a named plan: save it as NAME.plan to change it."""
    from agent.cli.tool_table import show_tool
    from agent.runtime.session import Orchestra

    checked(lambda: show_tool(Orchestra.load(profile, tools), name))


@tool_app.command("new")
def tool_new(
    name: Annotated[str, typer.Argument(help="The tool's name, as plans will call it.")],
    folder: Annotated[Path, typer.Option(help="Where to write it.")] = Path(),
) -> None:
    """Write a new tool with a passing test, ready to be changed."""
    from tools.sdk.registry import Registry
    from tools.sdk.scaffold import new_tool

    made = checked(lambda: new_tool(name, folder, taken=Registry.load()))
    typer.echo(f"{made.tool}\n{made.test}\ntry it: batuta tool check {made.tool}")


@tool_app.command("check")
def tool_check(
    name: Annotated[str, typer.Argument(help="A tool's name, or a file as --tools takes it.")],
    tools: ToolFiles = [],  # noqa: B006
    profile: ProfileName = "offline",
) -> None:
    """Check a tool and run the examples of its docstring."""
    from agent.cli.check_tool import check_tools

    raise typer.Exit(wait(check_tools(name, tuple(tools), profile)))


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
    from agent.cli.check_tool import call_as_plan
    from agent.cli.run_and_print import follow
    from agent.runtime.session import Orchestra

    text, files = checked(
        lambda: call_as_plan(Orchestra.load(profile, tools).find(name), arguments or [])
    )
    finish(
        follow(
            settings_for(tools, profile, ""),
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
        from agent.cli.tables import show_models

        checked(lambda: show_models(profile, as_json=as_json))


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
    from agent.cli.pull_models import pull_models, show_pull_plan

    if plan:
        checked(lambda: show_pull_plan(profile, as_json=as_json))
    else:
        checked(lambda: pull_models(profile, check=verify))
