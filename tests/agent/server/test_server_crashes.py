"""Runs of clients when the server ends, by itself and by what it runs."""

import asyncio
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.record.journal import Run
from tests.agent.conftest import SLOW_TOOLS
from tests.agent.server.conftest import serve
from tests.agent.web.browser import Server

pytestmark = pytest.mark.slow

PLANS = """
when: exit at once
gone = kill_server("exit at once")
say("{gone}")
---
when: hello
say("Hello!")
"""


@pytest.fixture
def server(tmp_path: Path) -> Generator[Server]:
    tools = SLOW_TOOLS.with_name("unruly_tools.py")
    server = Server(tmp_path, command="serve", path="/health", plans=PLANS, tools=tools)
    server.start()
    yield server
    server.kill()


async def run_of(server: Server, run: str) -> dict[str, Any]:
    """A run, once it has ended."""
    async with httpx.AsyncClient(base_url=server.url) as client:
        while True:
            body = (await client.get(f"/v1/runs/{run}")).json()
            if body["state"] in ("done", "failed"):
                return body
            await asyncio.sleep(0.05)


async def start(server: Server, request: str) -> str:
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        return (await client.post("/v1/runs", json={"request": request})).json()["id"]


@pytest.mark.slow
async def test_a_run_that_ended_the_server_twice_is_not_resumed(server: Server) -> None:
    with suppress(httpx.HTTPError):  # the server may be gone before it answers
        await start(server, "exit at once")
    server.wait_for_end()
    with suppress(AssertionError):
        server.start()
    server.wait_for_end()
    server.start()

    async with httpx.AsyncClient(base_url=server.url) as client:
        (run,) = (await client.get("/v1/runs")).json()["data"]
    ended = await run_of(server, run["id"])
    assert ended["state"] == "failed"
    assert "the server crashed twice" in ended["error"]["message"]
    assert server.worked_on("exit at once") == 2
    assert (await run_of(server, await start(server, "hello")))["answer"] == "Hello!"


async def test_runs_in_flight_at_two_crashes_are_resumed_one_by_one(server_home: Path) -> None:
    async with serve(server_home) as api:
        runs: list[str] = []
        for word in ("one", "two"):
            plan = f'late = echo("{word}", ms=2500)\nsay("{{late}}")'
            started = (await api.client.post("/v1/runs", json={"plan": plan})).json()
            await api.until_working(started["id"])
            runs.append(started["id"])
    for run in runs:
        (Run(server_home / "runs" / run).folder / "crashes").write_text("2")
    (server_home / "log").unlink()

    async with serve(server_home) as api:
        later = (await api.client.post("/v1/runs", json={"request": "hello"})).json()
        bodies = [await run_of_api(api.client, run) for run in [*runs, later["id"]]]

    assert [body["answer"] for body in bodies] == ["one", "two", "Hello!"]
    # Which comes first is open: both may have begun in the same second.
    orders = [("one", "two"), ("two", "one")]
    logs = [[f"begin {a}", f"end {a}", f"begin {b}", f"end {b}"] for a, b in orders]
    assert api.log() in logs


async def test_only_the_run_that_crashes_alone_fails(server_home: Path) -> None:
    async with serve(server_home) as api:
        runs: list[str] = []
        for word in ("one", "two"):
            plan = f'late = echo("{word}", ms=2000)\nsay("{{late}}")'
            started = (await api.client.post("/v1/runs", json={"plan": plan})).json()
            await api.until_working(started["id"])
            runs.append(started["id"])
    for run, crashes in zip(runs, ("3", "2"), strict=True):
        (Run(server_home / "runs" / run).folder / "crashes").write_text(crashes)

    async with serve(server_home) as api:
        first, second = [await run_of_api(api.client, run) for run in runs]

    assert first["state"] == "failed"
    assert "the last time while it ran nothing else" in first["error"]["message"]
    assert second["answer"] == "two"


async def run_of_api(client: httpx.AsyncClient, run: str) -> dict[str, Any]:
    while True:
        body = (await client.get(f"/v1/runs/{run}")).json()
        if body["state"] in ("done", "failed"):
            return body
        await asyncio.sleep(0.05)
