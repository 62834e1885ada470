"""Options and exit codes that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Coroutine
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from agent.runtime.run_coroutine import run_coroutine
from tools.errors import BatutaError
from tools.home import home
from tools.models.profile_names import AUTO as AUTO

if TYPE_CHECKING:
    from agent.runtime.agent_runtime import Settings
    from tools.sdk.tool import Tool


class ConductorKind(StrEnum):
    """What turns a request into commands; in the order of Architectures I, II and III."""

    PLAN = "plan"
    VECTORS = "vectors"
    CODES = "codes"


_LANGUAGE_MODELS = {
    ConductorKind.PLAN: "",
    ConductorKind.VECTORS: "joint:sprites",
    ConductorKind.CODES: "joint:codes",
}

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

McpServers = Annotated[
    Path | None,
    typer.Option("--mcp", help="A JSON file of MCP servers; plans may call their tools."),
]


def resolve_profile(name: str) -> str:
    """Return the profile to use; say which one `auto` stands for, and why."""
    from agent.cli.console import note
    from tools.home import home
    from tools.models.auto_profile import choose_profile

    if name != AUTO:
        return name
    choice = choose_profile(home())
    note(str(choice))
    return choice.profile


_PROFILE_HELP = "Which models may be used; auto decides by hub and GPU."
ProfileName = Annotated[
    str,
    typer.Option(
        "--profile", envvar="BATUTA_PROFILE", help=_PROFILE_HELP, callback=resolve_profile
    ),
]
GroupProfileName = Annotated[
    str, typer.Option("--profile", envvar="BATUTA_PROFILE", help=_PROFILE_HELP)
]
"""Of a group of commands, which resolves it only where no command follows."""
ModelName = Annotated[
    str, typer.Option("--llm", help="The language model, as provider:model (see docs/using.md).")
]
Conductor = Annotated[
    ConductorKind,
    typer.Option(
        "--conductor",
        help="`plan` writes plans; `vectors` reads pictures and sounds directly; `codes` also "
        "draws directly.",
    ),
]
Architecture = Annotated[
    int | None,
    typer.Option(
        "--arch",
        min=1,
        max=len(ConductorKind),
        hidden=True,
        help="The earlier name of --conductor: 1, 2 or 3 in the order of its values.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="The same seed gives the same results.")]
AsJson = Annotated[bool, typer.Option("--json", help="Write JSON for other programs.")]


def settings_for(
    tools: list[Path],
    profile: str,
    llm: str,
    conductor: ConductorKind = ConductorKind.PLAN,
    arch: int | None = None,
    mcp_servers: Path | None = None,
) -> Settings:
    """Return the agent settings for command line options; start the MCP servers, if any."""
    from agent.runtime.agent_runtime import Settings

    if arch:
        conductor = list(ConductorKind)[arch - 1]
    language_model = llm or _LANGUAGE_MODELS[conductor]
    return Settings(
        profile=profile,
        language_model=language_model,
        tool_files=tuple(tools),
        tools=start_mcp_servers(mcp_servers, profile),
    )


def start_mcp_servers(path: Path | None, profile: str) -> tuple[Tool[..., Any], ...]:
    """Start the servers of a file, or of the profile's file, and return their tools.

    They end with the program.
    """
    from agent.cli.console import warn
    from tools.models.profile import mcp_servers_of

    if path is None:
        path = exit_on_error(lambda: mcp_servers_of(profile, home()))
    if path is None:
        return ()
    from agent.mcp.remote_tools import RemoteTools

    remote = exit_on_error(lambda: RemoteTools.load(path))
    for problem in remote.problems:
        warn(problem)
    return tuple(remote.tools)


def read_text(path: Path) -> str:
    """Read a text file, or standard input for the path `-`."""
    try:
        return sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{str(path)!r} cannot be read: {error}") from error


def exit_on_error(function: Any) -> Any:
    """Return the result of the function, or print its error and exit."""
    try:
        return function()
    except BatutaError as error:
        exit_with(error)


def run_async(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Return the result of the coroutine, or print its error and exit."""
    try:
        return run_coroutine(coroutine)
    except BatutaError as error:
        exit_with(error)
    except KeyboardInterrupt:
        raise typer.Exit(1) from None


def run_and_exit(coroutine: Coroutine[Any, Any, int]) -> NoReturn:
    """Run the coroutine and exit with the code that it returns."""
    raise typer.Exit(run_async(coroutine))


def exit_with(error: BatutaError) -> NoReturn:
    """Print the error and exit: 2 for an unknown name, else 1."""
    from agent.cli.console import fail
    from tools.errors import CatalogueError

    fail(error)
    # The unknown profile or model is an argument of the command line.
    raise typer.Exit(2 if isinstance(error, CatalogueError) else 1) from error
