"""The command `batuta mcp`: serve a client of the Model Context Protocol."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agent.cli.options import (
    AUTO,
    ModelName,
    ProfileName,
    ToolFiles,
    run_async,
    settings_for,
)

FileFolders = Annotated[
    list[Path],
    typer.Option(
        "--files",
        help="A folder whose files the client may name; none by default.",
        exists=True,
        file_okay=False,
    ),
]


def mcp(
    files: FileFolders = [],  # noqa: B006  (typer copies it)
    profile: ProfileName = AUTO,
    llm: ModelName = "",
    tools: ToolFiles = [],  # noqa: B006
) -> None:
    """Serve an MCP client on standard input and output (see docs/mcp.md)."""
    from agent.mcp.mcp_server import serve_stdio

    settings = settings_for(tools, profile, llm)
    run_async(serve_stdio(settings, files))
