"""The asynchronous Python API, on scripted plans and small real tools."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from agent import AsyncAgent, RunFailed, events
from tests.agent.conftest import SLOW_TOOLS


async def test_a_request_is_planned_and_answered(photo: Path, script: str) -> None:
    async with AsyncAgent.open(language_model=script) as agent:
        answer = await agent.run("Turn it grey", files=[photo])

    assert answer.text == "Here: [grey]"
    assert answer.images[0].size == (8, 6)


async def test_events_are_an_asynchronous_iterator(photo: Path, script: str) -> None:
    async with AsyncAgent.open(language_model=script) as agent:
        kinds = [type(event) async for event in agent.stream("Turn it grey", files=[photo])]

    assert kinds[0] is events.RunStarted
    assert kinds[-1] is events.RunFinished


async def test_two_runs_at_once_both_answer(home: Path) -> None:
    async with AsyncAgent.open(tools=[SLOW_TOOLS]) as agent:
        answers = await asyncio.gather(
            *(agent.run(plan=f'a = echo("{word}", ms=20)\nsay(a)') for word in ("a", "b"))
        )

    assert [answer.text for answer in answers] == ["a", "b"]


async def test_a_cancelled_run_is_stopped(home: Path) -> None:
    async with AsyncAgent.open(tools=[SLOW_TOOLS]) as agent:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await agent.run(plan='a = echo("x", ms=60000)\nsay(a)')
        (run,) = [path.name for path in (home / "home" / "runs").iterdir()]
        with pytest.raises(RunFailed, match="stopped"):
            await agent.answer(run)


async def test_closing_the_agent_closes_a_stream_that_nobody_reads(home: Path) -> None:
    async with AsyncAgent.open(tools=[SLOW_TOOLS]) as agent:
        stream = agent.stream(plan='a = echo("x", ms=60000)\nsay(a)')
        started = await anext(stream)
        assert isinstance(started, events.RunStarted)
        while not isinstance(await anext(stream), events.CommandStarted):
            pass

    async with AsyncAgent.open() as agent:
        with pytest.raises(RunFailed, match="stopped"):
            await agent.answer(started.run)
