"""The commands `batuta tool`, `batuta tools` and `batuta models`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.options import (
    AsJson,
    ProfileName,
    Seed,
    ToolFiles,
    exit_on_error,
    run_and_exit,
    run_async,
    settings_for,
)
from tools.home import home

tool_app = typer.Typer(help="Create, check and run one tool.", no_args_is_help=True)
tools_app = typer.Typer(help="Tools and named plans that plans can call.")
models_app = typer.Typer(help="Models of a profile and their weights.")


@tools_app.callback(invoke_without_command=True)
def tools(
    context: typer.Context,
    tools: ToolFiles = [],  # noqa: B006
    profile: ProfileName = "offline",
    as_json: AsJson = False,
) -> None:
    """List tools and named plans with their types, models, licences and sizes."""
    if context.invoked_subcommand is None:
        from agent.cli.tool_table import show_tools
        from agent.runtime.session import Session

        exit_on_error(
            lambda: show_tools(Session.load(profile, tools, home=home()), as_json=as_json)
        )


@tools_app.command("show")
def tools_show(
    name: Annotated[str, typer.Argument(help="A tool or a named plan.")],
    tools: ToolFiles = [],  # noqa: B006
    profile: ProfileName = "offline",
) -> None:
    """Show a tool in full, or print a named plan to copy."""
    from agent.cli.tool_table import show_tool
    from agent.runtime.session import Session

    exit_on_error(lambda: show_tool(Session.load(profile, tools, home=home()), name))


@tool_app.command("new")
def tool_new(
    name: Annotated[str, typer.Argument(help="The tool's name, as plans will call it.")],
    folder: Annotated[Path, typer.Option(help="The folder to write it to.")] = Path(),
) -> None:
    """Write a new tool with a passing test, as a starting point."""
    from tools.sdk.registry import Registry
    from tools.sdk.scaffold import new_tool

    existing_tools = Registry.load(user_folder=home() / "tools")
    new_files = exit_on_error(lambda: new_tool(name, folder, existing_names=existing_tools))
    typer.echo(f"{new_files.tool}\n{new_files.test}\ntry it: batuta tool check {new_files.tool}")


@tool_app.command("check")
def tool_check(
    name: Annotated[str, typer.Argument(help="A tool's name, or a file of tools.")],
    tools: ToolFiles = [],  # noqa: B006
    profile: ProfileName = "offline",
) -> None:
    """Check a tool and run the examples of its docstring."""
    from agent.cli.check_tool import check_tools

    raise typer.Exit(run_async(check_tools(name, tuple(tools), profile)))


@tool_app.command("run")
def tool_run(
    name: Annotated[str, typer.Argument(help="The tool's name.")],
    arguments: Annotated[
        list[str] | None, typer.Argument(help="argument=value; media are given by path.")
    ] = None,
    tools: ToolFiles = [],  # noqa: B006
    profile: ProfileName = "offline",
    seed: Seed = 0,
    out: Annotated[Path | None, typer.Option(help="A folder for the result.")] = None,
    as_json: AsJson = False,
) -> None:
    """Call one tool: batuta tool run crop image=photo.jpg region=…"""
    from agent.cli.check_tool import call_as_plan
    from agent.cli.run_and_print import run_and_print
    from agent.runtime.session import Session

    text, files = exit_on_error(
        lambda: call_as_plan(Session.load(profile, tools, home=home()).find(name), arguments or [])
    )
    run_and_exit(
        run_and_print(
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
    """List the models of a profile with licence, size and state."""
    if context.invoked_subcommand is None:
        from agent.cli.tables import show_models

        exit_on_error(lambda: show_models(profile, home(), as_json=as_json))


@models_app.command("pull")
def models_pull(
    profile: ProfileName = "offline",
    plan: Annotated[bool, typer.Option("--plan", help="Only show what would be fetched.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Check the hash of every file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fetch the weights of a profile's models."""
    from agent.cli.pull_models import pull_models, show_pull_plan

    if plan:
        exit_on_error(lambda: show_pull_plan(profile, home(), as_json=as_json))
    else:
        exit_on_error(lambda: pull_models(profile, home(), check=verify))
