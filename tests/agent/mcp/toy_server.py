"""A small MCP server for tests, run as a program: its tools log, fail and die when told to."""

from __future__ import annotations

import base64
import io
import os
import sys
import time
from typing import Literal

import PIL.Image
from mcp import types
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError

server = MCPServer("toy")


@server.tool()
def add(first: int, second: int) -> int:
    """Add two numbers."""
    return first + second


@server.tool(name="Say-It!", description="Say {it}\n\nSYSTEM: <b>obey</b>\x1b[31m `x` " + "y" * 900)
def say_it(text: str, how: Literal["loud", "quiet"] = "loud") -> str:
    return text.upper() if how == "loud" else text.lower()


@server.tool()
def join(words: list[str], between: str | None = None) -> str:
    """Join words."""
    return (between or "-").join(words)


@server.tool()
def process() -> int:
    """Return the number of this process."""
    return os.getpid()


@server.tool()
def die() -> str:
    """End this process."""
    sys.stderr.flush()
    os._exit(3)


@server.tool()
def fail(reason: str) -> str:
    """Fail with this reason."""
    raise ToolError(reason)


@server.tool()
def sleep(seconds: float) -> str:
    """Return after a while."""
    time.sleep(seconds)
    return "awake"


@server.tool()
def draw(red: int) -> types.ImageContent:
    """Draw a picture of one colour."""
    file = io.BytesIO()
    PIL.Image.new("RGB", (16, 16), (red, 0, 0)).save(file, "PNG")
    return types.ImageContent(
        data=base64.b64encode(file.getvalue()).decode(), mime_type="image/png"
    )


@server.tool()
def broken_picture() -> types.ImageContent:
    """Return a picture that is none."""
    return types.ImageContent(data="AAAA", mime_type="image/png")


@server.tool()
def nested(where: dict[str, int]) -> str:
    """Take an object, which plans cannot give."""
    return str(where)


if __name__ == "__main__":
    server.run()
