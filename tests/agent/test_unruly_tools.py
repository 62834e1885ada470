import asyncio

import pytest

from agent.record.run_outcome import RunOutcome
from agent.runtime.agent import Agent, Settings
from tests.agent.conftest import SLOW_TOOLS, Try

UNRULY_TOOLS = SLOW_TOOLS.with_name("unruly_tools.py")


async def run(attempt: Try, plan: str) -> RunOutcome:
    outcome = RunOutcome()
    settings = Settings(
        language_model=f"scripted:{attempt.home / 'none'}",
        tool_files=(SLOW_TOOLS, UNRULY_TOOLS),
        budget=attempt.budget,
    )
    (attempt.home / "none").touch()
    async with asyncio.timeout(30), Agent.open(settings) as agent:
        async for event in agent.run("go", plan=plan):
            outcome.update(event)
    return outcome


@pytest.mark.parametrize(
    ("how", "raised"),
    [
        ("exit", "SystemExit: goodbye"),
        ("stop", "StopIteration: no more"),
        ("async stop", "StopAsyncIteration: "),
        ("interrupt", "KeyboardInterrupt: "),
        ("cancel", "CancelledError: "),
        ("close", "GeneratorExit: "),
        ("base", "BaseException: of no kind"),
    ],
)
async def test_whatever_a_tool_raises_fails_its_command_and_no_other(
    attempt: Try, how: str, raised: str
) -> None:
    commands = f'left = leave("{how}")\nother = echo("still here", ms=1)\n'
    plan = commands + 'say("{other}")\nsay("{left}")'

    outcome = await run(attempt, plan)

    assert outcome.state == "failed"
    assert f"leave failed: {raised}".strip() in outcome.error
    assert outcome.answer.startswith("still here")
