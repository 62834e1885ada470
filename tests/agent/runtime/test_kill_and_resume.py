"""A real process is killed at random moments; what it had finished stays finished."""

import asyncio
import hashlib
import os
import random
import time
from collections import Counter
from multiprocessing import get_context
from pathlib import Path

import pytest

from agent.record.artifacts import ArtifactStore
from agent.record.events import AnswerFinished, CommandFinished, CommandStarted, RunFinished
from agent.record.journal import Run, Runs
from agent.runtime.agent_runtime import AgentRuntime, Settings

TOOLS = Path(__file__).parents[1] / "plugins" / "slow_tools.py"

# Branches finish in another order than they stand in, some only begin when others have ended,
# and what a comprehension and the conditions come to is known late.
PLAN = """\
slow = echo("slow", ms=60)
quick = echo("quick", ms=5)
middle = echo("middle", ms=30)
dice = throw_dice(ms=15)
parts = letters("abcd", ms=25)
each = [echo(part, ms=12) for part in parts if part != "c"]
picture = paint(200, ms=20)
red = redness(picture, ms=10)
late = echo(quick + middle, ms=10)
if red > 100:
    told = echo("red " + slow, ms=8)
else:
    told = echo("pale", ms=8)
say("{slow} {quick} {middle} {each} {red} {late} {told} {dice} {picture}")
"""
pytestmark = pytest.mark.slow
CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(["agent.runtime.agent_runtime", "langgraph.checkpoint.sqlite.aio"])


def work(home: str, run_id: str) -> None:
    os.environ["BATUTA_HOME"] = home
    os.environ["SLOW_TOOLS_LOG"] = f"{home}/log"

    async def follow() -> None:
        async with AgentRuntime.open(Settings(tool_files=(TOOLS,))) as agent:
            events = agent.resume(run_id) if run_id else agent.run("go", plan=PLAN, seed=5)
            async for _ in events:
                pass

    asyncio.run(follow())


def work_until_killed(home: Path, run_id: str, events: int, seconds: float) -> None:
    """Kill the process so many seconds after it has added so many events to the trace."""
    before = count_events(home)
    process = CONTEXT.Process(target=work, args=(str(home), run_id))
    process.start()
    while process.is_alive() and count_events(home) < before + events:
        time.sleep(0.001)
    time.sleep(seconds)
    process.kill()
    process.join()


def work_to_the_end(home: Path, run_id: str) -> None:
    process = CONTEXT.Process(target=work, args=(str(home), run_id))
    process.start()
    process.join(30)
    assert process.exitcode == 0


def count_events(home: Path) -> int:
    traces = (home / "runs").glob("*/events.jsonl")
    return sum(trace.read_bytes().count(b"\n") for trace in traces)


def only_run(home: Path) -> Run:
    (summary,) = Runs(home / "runs").summaries()
    return Runs(home / "runs").find(summary.id)


@pytest.mark.parametrize("trial", range(12))
def test_a_killed_run_goes_on_where_it_was(tmp_path: Path, trial: int) -> None:
    chance = random.Random(trial)
    work_until_killed(tmp_path, "", chance.randint(1, 26), chance.uniform(0, 0.01))
    run = only_run(tmp_path)
    for _ in range(chance.randint(0, 2)):
        work_until_killed(tmp_path, run.id, chance.randint(0, 12), chance.uniform(0, 0.01))

    work_to_the_end(tmp_path, run.id)

    events = list(run.events())
    # Killed between its answer and the checkpoint, a run tells the same answer once more.
    (answer,) = {event.text for event in events if isinstance(event, AnswerFinished)}
    dice = answer.split()[-2]
    assert answer == (f"slow quick middle a, b and d 200 quickmiddle red slow {dice} [picture]")
    assert [event.state for event in events if isinstance(event, RunFinished)] == ["done"]

    finished = Counter(event.path for event in events if isinstance(event, CommandFinished))
    assert set(finished.values()) == {1}
    begun_after_end = {
        event.path
        for position, event in enumerate(events)
        if isinstance(event, CommandStarted)
        and any(
            isinstance(earlier, CommandFinished) and earlier.path == event.path
            for earlier in events[:position]
        )
    }
    assert begun_after_end == set()

    store = ArtifactStore(str(tmp_path / "artifacts"))
    infos = list((tmp_path / "artifacts").rglob("*.info.json"))
    assert infos
    for info in infos:
        digest = info.name.partition(".")[0]
        artifact, content = store.open(digest)
        assert hashlib.sha256(content).hexdigest() == digest
        assert artifact.lineage is not None
