"""The commands `batuta tool`, `batuta tools` and `batuta models`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.options import (
    AUTO,
    AsJson,
    GroupProfileName,
    ProfileName,
    Seed,
    ToolFiles,
    exit_on_error,
    resolve_profile,
    run_and_exit,
    run_async,
    settings_for,
)
from tools.home import home

if TYPE_CHECKING:
    from agent.cli.models.add_model import AddOptions

tool_app = typer.Typer(help="Create, check and run one tool.", no_args_is_help=True)
tools_app = typer.Typer(help="Tools and named plans that plans can call.")
models_app = typer.Typer(help="Models of a profile and their weights.")


ModelNameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="Its id, such as depth/small, or hf:org/name.")
]
Consent = Annotated[bool, typer.Option("--yes", help="Agree to the download and its licence.")]
NoExample = Annotated[
    bool, typer.Option("--no-example", help="Do not run the tool's example with it.")
]
AdapterSettings = Annotated[
    list[str],
    typer.Option("--set", metavar="NAME=VALUE", help="A setting of the adapter, as in steps=4."),
]


@tools_app.callback(invoke_without_command=True)
def tools(
    context: typer.Context,
    tools: ToolFiles = [],  # noqa: B006
    profile: GroupProfileName = AUTO,
    as_json: AsJson = False,
) -> None:
    """List tools and named plans with their types, models, licences and sizes."""
    if context.invoked_subcommand is None:
        from agent.cli.tool_table import show_tools
        from agent.runtime.session import Session

        exit_on_error(
            lambda: show_tools(
                Session.load(resolve_profile(profile), tools, home=home()), as_json=as_json
            )
        )


@tools_app.command("show")
def tools_show(
    name: Annotated[str, typer.Argument(help="A tool or a named plan.")],
    tools: ToolFiles = [],  # noqa: B006
    profile: ProfileName = AUTO,
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
    profile: ProfileName = AUTO,
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
    profile: ProfileName = AUTO,
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
    profile: GroupProfileName = AUTO,
    as_json: AsJson = False,
) -> None:
    """List the models of a profile with licence, size and state."""
    if context.invoked_subcommand is None:
        from agent.cli.tables import show_models

        exit_on_error(lambda: show_models(resolve_profile(profile), home(), as_json=as_json))


@models_app.command("pull")
def models_pull(
    profile: ProfileName = AUTO,
    plan: Annotated[bool, typer.Option("--plan", help="Only show what would be fetched.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Check the hash of every file.")] = False,
    yes: Consent = False,
    as_json: AsJson = False,
) -> None:
    """Fetch the weights of a profile's models."""
    from agent.cli.models.pull_models import pull_models, show_pull_plan

    if plan:
        exit_on_error(lambda: show_pull_plan(profile, home(), as_json=as_json))
    else:
        exit_on_error(lambda: pull_models(profile, home(), check=verify, consent=yes))


@models_app.command("search")
def models_search(
    words: Annotated[str, typer.Argument(help='A task or a name, as in "depth estimation".')],
    licence: Annotated[str, typer.Option(help="Only this licence, as in apache-2.0.")] = "",
    max_gb: Annotated[float, typer.Option(min=0, help="Only downloads up to this size.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=40, help="How many to list.")] = 15,
    as_json: AsJson = False,
) -> None:
    """List what the model hub has for a task."""
    from agent.cli.models.search_models import search_models

    exit_on_error(
        lambda: search_models(
            words, home(), licence=licence, max_gb=max_gb, limit=limit, as_json=as_json
        )
    )


@models_app.command("add")
def models_add(
    reference: Annotated[str, typer.Argument(metavar="hf:ORG/NAME", help="Perhaps @revision.")],
    tool: Annotated[str, typer.Option(help="The tool to use it for, if it fits several.")] = "",
    settings: AdapterSettings = [],  # noqa: B006
    profile: ProfileName = AUTO,
    yes: Consent = False,
    no_example: NoExample = False,
) -> None:
    """Add a model of the hub: check, fetch and try it, and write its card."""
    from agent.cli.models.add_model import add_model

    options = _add_options(profile, yes, no_example, tool, settings)
    exit_on_error(lambda: add_model(reference, home(), options))


@models_app.command("remove")
def models_remove(name: ModelNameArgument) -> None:
    """Remove a model that was added, with its weights."""
    from agent.cli.models.add_model import remove_model

    exit_on_error(lambda: remove_model(name, home()))


@models_app.command("pin")
def models_pin(
    name: ModelNameArgument,
    revision: Annotated[str, typer.Argument(help="A commit, tag or branch of the repository.")],
    profile: ProfileName = AUTO,
    yes: Consent = False,
    no_example: NoExample = False,
) -> None:
    """Move a model that was added to another revision."""
    from agent.cli.models.add_model import pin_model

    options = _add_options(profile, yes, no_example)
    exit_on_error(lambda: pin_model(name, revision, home(), options))


@models_app.command("update")
def models_update(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="By default all of them.")] = "",
    profile: ProfileName = AUTO,
    yes: Consent = False,
    no_example: NoExample = False,
) -> None:
    """Move models that were added to the newest commit of their branch."""
    from agent.cli.models.add_model import update_models

    options = _add_options(profile, yes, no_example)
    exit_on_error(lambda: update_models(name, home(), options))


def _add_options(
    profile: str, yes: bool, no_example: bool, tool: str = "", settings: list[str] | None = None
) -> AddOptions:
    from agent.cli.models.add_model import AddOptions

    pairs: list[tuple[str, str]] = []
    for text in settings or []:
        name, separator, value = text.partition("=")
        if not separator or not name:
            raise typer.BadParameter(f"{text!r} is not NAME=VALUE", param_hint="--set")
        pairs.append((name, value))
    return AddOptions(profile, tool, tuple(pairs), yes, not no_example)
