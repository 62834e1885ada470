from importlib.resources import files
from pathlib import Path

import pytest

from agent.record.budget import Budget
from agent.record.events import Estimate, ReviewAsked, RunFinished
from agent.runtime.agent_runtime import AgentRuntime, Settings
from tests.agent.conftest import SLOW_TOOLS, Try

ASKING_TOOL = '''
from tools import tool

@tool(ask=True)
def post(text: str) -> str:
    """Send a text to everybody."""
    return text
'''


async def estimate(plan: str) -> Estimate:
    async with AgentRuntime.open(Settings(tool_files=(SLOW_TOOLS,))) as agent:
        return agent.estimate(await agent.check(plan))


async def test_a_tool_that_never_ran_is_unknown(attempt: Try) -> None:
    found = await estimate('a = echo("x", ms=1)')

    assert found == Estimate(seconds=0.0, unknown=["echo"])


async def test_the_seconds_are_those_of_earlier_runs(attempt: Try) -> None:
    await attempt.run(plan='a = echo("x", ms=300)')

    found = await estimate('a = echo("other", ms=1)\nb = echo("more", ms=1)')

    assert found.unknown == []
    assert 0.6 <= found.seconds <= 2


async def test_models_that_are_not_in_memory_are_told_with_their_size(attempt: Try) -> None:
    async with AgentRuntime.open(Settings()) as agent:
        photo = Path("tools/samples/photo.jpg")
        found = agent.estimate(await agent.check("cup = detect(image1)", [photo]))

    assert found.loads == ["detect/yolox-nano"]
    assert found.load_bytes > 1_000_000


async def test_a_plan_that_asked_for_review_tells_its_estimate(attempt: Try) -> None:
    followed = await attempt.run(plan='a = echo("x", ms=1)', ask_first=True)

    (asked,) = followed.of(ReviewAsked)
    assert isinstance(asked, ReviewAsked)
    assert asked.estimate == Estimate(seconds=0.0, unknown=["echo"])


async def test_a_command_on_another_model_is_estimated_with_that_one(attempt: Try) -> None:
    photo = Path(str(files("tools").joinpath("samples", "photo.jpg")))
    plan = "found = detect@sprites(image1)"
    events = (await attempt.run(plan=plan, files=(photo,), ask_first=True)).events

    (asked,) = [event for event in events if isinstance(event, ReviewAsked)]
    assert asked.estimate
    assert asked.estimate.loads == ["detect/sprites"]


async def test_a_tool_that_always_asks_does_so_unasked(attempt: Try, tmp_path: Path) -> None:
    (tmp_path / "asking.py").write_text(ASKING_TOOL)
    settings = Settings(tool_files=(tmp_path / "asking.py",))

    async with AgentRuntime.open(settings) as agent:
        events = [event async for event in agent.run("go", plan='sent = post("hello")')]

    (asked,) = [event for event in events if isinstance(event, ReviewAsked)]
    assert asked.estimate
    assert asked.estimate.reasons == ["post always asks: Send a text to everybody."]


@pytest.mark.parametrize(("limit", "asks"), [(0.1, True), (100.0, False)])
async def test_a_costly_plan_asks_where_a_person_can_be_asked(
    attempt: Try, limit: float, asks: bool
) -> None:
    await attempt.run(plan='a = echo("x", ms=200)')
    settings = Settings(tool_files=(SLOW_TOOLS,), budget=Budget(ask_seconds=limit))

    async with AgentRuntime.open(settings) as agent:
        plan = 'a = echo("y", ms=1)'
        events = [event async for event in agent.run("go", plan=plan, ask_if_costly=True)]

    assert isinstance(events[-1], ReviewAsked if asks else RunFinished)
