"""A real server whose tools try to end it, and do."""

import re
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from agent.record.journal import Runs, RunSummary
from agent.web.view.run_view import RunView, view_of
from tests.agent.conftest import SLOW_TOOLS
from tests.agent.web.browser import Server
from tests.agent.web.served import Guest

pytestmark = pytest.mark.slow
PLANS = """
when: leave
left = leave("exit")
say("{left}")
---
when: exit at once
gone = kill_server("exit at once")
say("{gone}")
---
when: fault
gone = kill_server("fault")
say("{gone}")
---
when: long
late = work_long("long")
say("{late}")
---
when: beside
word = work_until("gate")
say("{word}")
---
when: hello
say("Hello!")
"""


@pytest.fixture
def server(tmp_path: Path) -> Generator[Server]:
    tools = SLOW_TOOLS.with_name("unruly_tools.py")
    server = Server(tmp_path, plans=PLANS, tools=tools)
    server.start()
    yield server
    server.kill()


async def ask(server: Server, request: str) -> None:
    async with httpx.AsyncClient(base_url=server.url, timeout=60) as client:
        config = (await client.get("/config")).json()
        (await Guest(client, config).send(request)).raise_for_status()


def views(server: Server) -> list[RunView]:
    return [view_of(Runs(server.home / "runs").find(run.id).events()) for run in _all(server)]


def _all(server: Server) -> list[RunSummary]:
    return Runs(server.home / "runs").summaries()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


async def test_a_tool_that_exits_fails_its_run_and_the_server_goes_on(server: Server) -> None:
    await ask(server, "leave")
    until(lambda: [view.state for view in views(server)] == ["failed"])
    await ask(server, "hello")
    until(lambda: sorted(view.state for view in views(server)) == ["done", "failed"])

    assert any("leave failed: SystemExit: goodbye" in view.error for view in views(server))


@pytest.mark.parametrize("how", ["exit at once", "fault"])
async def test_a_run_that_ended_the_server_twice_is_not_taken_up_again(
    server: Server, how: str
) -> None:
    await ask(server, how)
    first = server.wait_for_end()
    # It takes the run up as it starts, and dies of it before or after it serves its page.
    with suppress(AssertionError):
        server.start()
    server.wait_for_end()
    server.start()

    until(lambda: [view.state for view in views(server)] == ["failed"])
    assert first != 0
    assert server.worked_on(how) == 2
    assert views(server)[0].error == (
        "the server crashed twice while it ran this request, so the run was not resumed\n"
        "hint: leave out the step that ran last, or try again"
    )
    await ask(server, "hello")
    until(lambda: any(view.answer == "Hello!" for view in views(server)))


async def test_a_run_that_a_server_was_killed_beside_once_goes_on(server: Server) -> None:
    await ask(server, "long")
    until(lambda: server.worked_on("long") == 1)
    server.kill()
    server.start()
    until(lambda: server.worked_on("long") == 2)

    assert [run.state for run in _all(server)] == ["running"]


async def test_a_run_beside_the_one_that_crashes_the_server_is_finished(server: Server) -> None:
    await ask(server, "beside")
    until(lambda: server.worked_on("gate") == 1)
    await ask(server, "exit at once")
    server.wait_for_end()
    with suppress(AssertionError):
        server.start()
    server.wait_for_end()
    server.open_gate("gate")
    # Both were under way at two crashes: each runs alone, and one of them crashes a third time.
    with suppress(AssertionError):
        server.start()
    server.wait_for_end()
    server.start()
    until(lambda: sorted(view.state for view in views(server)) == ["done", "failed"])

    done, failed = sorted(views(server), key=lambda view: view.state)
    assert done.answer == "gate is open"
    assert failed.request == "exit at once"
    # Twice, if the other run has ended before the third crash.
    assert re.match(r"the server crashed (twice|three times) while it ran this", failed.error)
    await ask(server, "hello")
    until(lambda: any(view.answer == "Hello!" for view in views(server)))
