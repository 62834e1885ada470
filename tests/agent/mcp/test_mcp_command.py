"""`batuta mcp` as a program, through the SDK's stdio client."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from mcp import Client, types
from mcp.client.stdio import StdioServerParameters

from tests.agent.mcp.conftest import McpHome

PROGRAM = "from agent.cli.main import main; main()"
ROOT = Path(__file__).parents[3]
NOISY_TOOL = '''\
import os
from tools import tool

print("imported")


@tool
def shout(text: str) -> str:
    """Return the text in capitals."""
    print("printed")
    os.system("echo echoed")
    return text.upper()
'''


def arguments_of(mcp_home: McpHome) -> list[str]:
    noisy = mcp_home.home / "noisy.py"
    noisy.write_text(NOISY_TOOL)
    options = ["--profile", "offline", "--llm", mcp_home.settings.language_model]
    return [*options, "--tools", str(noisy), "--files", str(mcp_home.files)]


@pytest.mark.slow
async def test_a_client_runs_the_command_and_calls_a_tool(mcp_home: McpHome) -> None:
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-c", PROGRAM, "mcp", *arguments_of(mcp_home)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
    )

    async with Client(parameters) as client:
        grey = await client.call_tool("grayscale", {"image": "red.png"})
        loud = await client.call_tool("shout", {"text": "hello"})

    assert isinstance(grey, types.CallToolResult)
    assert isinstance(loud, types.CallToolResult)
    assert [block.type for block in grey.content][-2:] == ["image", "resource_link"]
    assert loud.structured_content["result"] == "HELLO"


@pytest.mark.slow
def test_stdout_carries_only_the_protocol(mcp_home: McpHome) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, "mcp", *arguments_of(mcp_home)],
        input="nonsense\n",
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )

    assert all(line.startswith("{") for line in ended.stdout.splitlines())
    assert "imported" in ended.stderr


def test_help_names_the_option_for_files() -> None:
    from typer.testing import CliRunner

    from agent.cli.main import app

    shown = CliRunner().invoke(app, ["mcp", "--help"]).stdout

    assert "--files" in shown


PROFILE = """
summary = "with the tools of a server"
language_model = "local:planner-0.5b"
mcp_servers = "servers.json"
"""


@pytest.mark.slow
def test_a_profile_names_a_file_of_servers(mcp_home: McpHome) -> None:
    profiles = mcp_home.home / "profiles"
    profiles.mkdir()
    (profiles / "mine.toml").write_text(PROFILE)
    toy = {"command": sys.executable, "args": [str(Path(__file__).with_name("toy_server.py"))]}
    servers = {"mcpServers": {"toy": {**toy, "trusted": True}}}
    (profiles / "servers.json").write_text(json.dumps(servers))
    plan = mcp_home.home / "sum.txt"
    plan.write_text('total = toy_add(2, 3)\nsay("{total}")\n')
    words = ["run", "--plan", str(plan), "--profile", "mine"]

    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )

    assert (ended.returncode, ended.stdout) == (0, "5\n"), ended.stderr


@pytest.mark.slow
def test_a_run_calls_a_server_once_its_plan_is_approved(mcp_home: McpHome) -> None:
    servers = mcp_home.home / "servers.json"
    toy = {"command": sys.executable, "args": [str(Path(__file__).with_name("toy_server.py"))]}
    servers.write_text(json.dumps({"mcpServers": {"toy": toy}}))
    plan = mcp_home.home / "sum.txt"
    plan.write_text('total = toy_add(2, 3)\nsay("{total}")\n')

    def batuta(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments, "--mcp", str(servers)],
            capture_output=True,
            text=True,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            timeout=120,
            check=False,
        )

    waiting = batuta("run", "--plan", str(plan), "--profile", "offline")
    (run,) = re.findall(r"waiting: batuta resume (\S+) --approve", waiting.stderr)
    done = batuta("resume", run, "--approve")

    assert "is left out: plans cannot give 'where'" in waiting.stderr
    assert waiting.stdout == ""
    assert (done.returncode, done.stdout) == (0, "5\n"), done.stderr
