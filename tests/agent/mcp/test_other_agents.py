"""Our server driven by agents of other projects, which run in environments of their own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from tests.agent.mcp.conftest import McpHome
from tests.agent.mcp.test_mcp_command import PROGRAM, ROOT, arguments_of
from tests.agent.server.conftest import data_uri, picture, serve
from tests.requirements import require_environment

pytestmark = pytest.mark.slow

AGENTS = Path(__file__).parent / "agents"


async def output_of(python: Path, script: str, *arguments: str) -> str:
    """The last line that a script prints, run by the Python of another environment."""
    process = await asyncio.create_subprocess_exec(
        str(python),
        str(AGENTS / script),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": ""},
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return output.decode().strip().splitlines()[-1]


async def test_pydantic_ai_calls_tools_and_makes_requests_over_http(mcp_home: McpHome) -> None:
    python = require_environment("clients")

    async with serve(mcp_home.home) as api:
        output = json.loads(
            await output_of(python, "pydantic_ai_agent.py", f"{api.url}/mcp", data_uri(picture()))
        )

    assert {"grayscale", "run_plan", "run_request"} <= set(output["tools"])
    grey, painted = output["results"]
    assert "batuta://artifacts/" in grey
    assert "Here: [red]" in painted


async def test_smolagents_calls_tools_and_runs_plans_over_stdio(mcp_home: McpHome) -> None:
    python = require_environment("smolagents")
    # The server runs in our environment, the agent in its own.
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {PROGRAM}"]

    output = json.loads(
        await output_of(python, "smolagents_agent.py", *command, "mcp", *arguments_of(mcp_home))
    )

    grey, answer = output
    assert "batuta://artifacts/" in grey
    assert "It says HELLO." in answer
