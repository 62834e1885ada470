"""Servers from npm that nobody here wrote, whose tools plans call."""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.mcp.remote_tools import RemoteTools
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime
from tests.agent.mcp.conftest import McpHome
from tests.requirements import require_program

pytestmark = pytest.mark.slow

PACKAGES = {"filesystem": "mcp-server-filesystem", "everything": "mcp-server-everything"}
VERSION = "2026.8.31"


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the servers' programs."""
    npm = require_program("npm")
    folder = tmp_path_factory.mktemp("npm")
    names = [f"@modelcontextprotocol/server-{name}@{VERSION}" for name in PACKAGES]
    command = [npm, "install", "--no-audit", "--no-fund", "--prefix", str(folder), *names]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "node_modules" / ".bin"


@pytest.fixture
async def agent(mcp_home: McpHome, programs: Path) -> AsyncGenerator[AgentRuntime]:
    servers = {
        "filesystem": {
            "command": str(programs / PACKAGES["filesystem"]),
            "args": [str(mcp_home.files)],
            "trusted": True,
        },
        "everything": {"command": str(programs / PACKAGES["everything"]), "trusted": True},
    }
    path = mcp_home.home / "servers.json"
    path.write_text(json.dumps({"mcpServers": servers}))
    remote = RemoteTools.load(path)
    settings = replace(mcp_home.settings, tools=tuple(remote.tools))
    try:
        async with AgentRuntime.open(settings) as agent:
            yield agent
    finally:
        remote.close()


async def run(agent: AgentRuntime, plan: str) -> RunOutcome:
    outcome = RunOutcome()
    async for event in agent.run("go", plan=plan):
        outcome.update(event)
    return outcome


async def test_a_plan_writes_and_reads_a_file_with_the_filesystem_server(
    agent: AgentRuntime, mcp_home: McpHome
) -> None:
    path = mcp_home.files / "note.txt"
    write = f'note = filesystem_write_file("{path}", "six apples")\nsay("{{note}}")\n'
    read = f'text = filesystem_read_text_file("{path}")\nsay("{{text}}")\n'

    # In one plan they would run at once, as neither uses the other's result.
    writing, reading = await run(agent, write), await run(agent, read)

    assert (writing.state, path.read_text()) == ("done", "six apples")
    assert (reading.error, reading.answer) == ("", "six apples")


async def test_an_image_of_the_filesystem_server_is_an_image_of_the_plan(
    agent: AgentRuntime, mcp_home: McpHome
) -> None:
    plan = (
        f'red = filesystem_read_media_file("{mcp_home.files / "red.png"}")\n'
        'value = redness(red, ms=1)\nsay("{value}")\n'
    )

    outcome = await run(agent, plan)

    assert (outcome.error, outcome.answer) == ("", "200")


async def test_a_file_outside_of_its_folder_is_an_error_of_the_filesystem_server(
    agent: AgentRuntime, mcp_home: McpHome
) -> None:
    secret = mcp_home.home / "replies.txt"

    outcome = await run(agent, f'text = filesystem_read_text_file("{secret}")\nsay("{{text}}")\n')

    assert outcome.state == "failed"
    assert "'filesystem' says:" in outcome.error
    assert "Access denied" in outcome.error


async def test_a_plan_calls_tools_of_the_everything_server(agent: AgentRuntime) -> None:
    plan = (
        'total = everything_get_sum(2, 3)\nsame = everything_echo("hello")\nsay("{total} {same}")\n'
    )

    outcome = await run(agent, plan)

    assert outcome.error == ""
    assert "5" in outcome.answer
    assert outcome.answer.endswith("Echo: hello")
