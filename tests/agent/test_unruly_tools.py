import asyncio

import pytest

from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime, Settings
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
    async with asyncio.timeout(30), AgentRuntime.open(settings) as agent:
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


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        (
            "give_number(100000)",
            "give_number returned a number of about 100,000 digits; 18 are allowed",
        ),
        (
            'give_text("surrogate")',
            "give_text returned a text that is not valid Unicode: character 5 is '\\ud83d'",
        ),
        (
            'give_text("long")',
            "give_text returned a text of 10,000,001 characters; 10,000,000 are allowed",
        ),
        ("give_list(100001)", "give_list returned a list of 100,001 items; 100,000 are allowed"),
        (
            "give_image(18000)",
            "give_image returned an image of 18,000×18,000 pixels; 89,478,485 are allowed",
        ),
        ('give_table("x")', "give_table failed: UnicodeEncodeError: "),
        ('fail_with("x")', "fail_with failed: ValueError: half "),
    ],
)
async def test_a_result_that_cannot_be_stored_fails_its_command_and_no_other(
    attempt: Try, call: str, problem: str
) -> None:
    plan = f'odd = {call}\nother = echo("still here", ms=1)\nsay("{{other}}")\nsay("{{odd}}")'

    outcome = await run(attempt, plan)

    assert outcome.state == "failed"
    assert problem in outcome.error
    assert "unexpected" not in outcome.error
    assert outcome.answer.startswith("still here")


async def test_the_largest_results_are_stored(attempt: Try) -> None:
    plan = 'number = give_number(17)\nitems = give_list(100000)\nsay("{number}")'

    outcome = await run(attempt, plan)

    assert (outcome.state, outcome.answer) == ("done", "1" + "0" * 17)
