"""An agent with scripted plans and slow tools, served to the SDK's in-memory client."""

from __future__ import annotations

import io
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import PIL.Image
import pytest
from mcp import Client, types

from agent.mcp.local_backend import LocalBackend
from agent.mcp.mcp_backend import McpBackend
from agent.mcp.mcp_server import Context, McpServer
from agent.runtime.agent_runtime import AgentRuntime, Settings
from tests.agent.conftest import SLOW_TOOLS

REPLIES = """\
when: paint
red = paint(200, ms=1)
say("Here: {red}")
---
when: how red
value = redness(image1, ms=1)
say("It is {value}.")
---
when: again
value = redness(red, ms=1)
say("It was {value}.")
---
when: wait
late = wait_at("gate")
say("{late}")
---
when: count
four = count_up(ms=40)
say("{four}")
---
when: crash
bad = crash("no luck")
say("{bad}")
"""


@dataclass
class McpHome:
    """A home folder with a script, and a folder that the client may read."""

    home: Path
    files: Path
    settings: Settings

    def log(self) -> list[str]:
        path = self.home / "log"
        return path.read_text().splitlines() if path.exists() else []


def picture(red: int = 200) -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", (20, 10), (red, 0, 0)).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def mcp_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> McpHome:
    home, files = tmp_path / "home", tmp_path / "files"
    home.mkdir()
    files.mkdir()
    (files / "red.png").write_bytes(picture())
    (tmp_path / "secret.png").write_bytes(picture())
    (files / "link.png").symlink_to(tmp_path / "secret.png")
    monkeypatch.setenv("BATUTA_HOME", str(home))
    monkeypatch.setenv("SLOW_TOOLS_LOG", str(home / "log"))
    script = home / "replies.txt"
    script.write_text(REPLIES, encoding="utf-8")
    settings = Settings(language_model=f"scripted:{script}", tool_files=(SLOW_TOOLS,), home=home)
    return McpHome(home, files, settings)


@pytest.fixture
async def agent(mcp_home: McpHome) -> AsyncGenerator[AgentRuntime]:
    async with AgentRuntime.open(mcp_home.settings) as agent:
        yield agent


def client_of(agent: AgentRuntime, *folders: Path) -> Client:
    backend = LocalBackend(agent, folders)

    async def backend_of(context: Context) -> McpBackend:
        return backend

    return Client(McpServer(backend_of).build())


async def call(client: Client, tool: str, **arguments: Any) -> types.CallToolResult:
    result = await client.call_tool(tool, arguments)
    assert isinstance(result, types.CallToolResult)
    return result


def text_of(result: types.CallToolResult) -> str:
    return "\n".join(block.text for block in result.content if block.type == "text")
