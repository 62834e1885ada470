"""Measure the runtime's overhead: makespan against critical path, and time per command.

python -m evals.bench.bench_runtime
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from pathlib import Path

TOOLS = '''
import time
from tools import tool

@tool(cache=False)
def wait(after: list[int], ms: int) -> int:
    """Take so long, after these have ended."""
    time.sleep(ms / 1000)
    return ms

@tool(cache=False)
def nothing(number: int) -> int:
    """Take no time."""
    return number
'''

# Twelve commands: three branches of unequal length, joined twice.
DURATIONS_MS = {
    "a": ([], 300),
    "b": ([], 100),
    "c": ([], 200),
    "d": (["a"], 100),
    "e": (["b"], 400),
    "f": (["c"], 150),
    "g": (["d"], 200),
    "h": (["e", "f"], 100),
    "i": (["f"], 300),
    "j": (["g", "h"], 250),
    "k": (["i"], 100),
    "l": (["j", "k"], 150),
}


def critical_path_ms() -> int:
    ends: dict[str, int] = {}
    for name, (predecessors, ms) in DURATIONS_MS.items():
        ends[name] = ms + max((ends[earlier] for earlier in predecessors), default=0)
    return max(ends.values())


def makespan_plan() -> str:
    return "\n".join(
        f"{name} = wait([{', '.join(predecessors)}], ms={ms})"
        for name, (predecessors, ms) in DURATIONS_MS.items()
    )


async def seconds_of(plan: str, tools: Path) -> float:
    """Return the seconds from the first command's start to the last end."""
    from agent.record.events import CommandFinished, CommandStarted, Event
    from agent.record.run_outcome import RunOutcome
    from agent.runtime.agent_runtime import AgentRuntime, Settings

    events: list[Event] = []
    async with AgentRuntime.open(Settings(tool_files=(tools,))) as agent:
        await RunOutcome().consume(agent.run("benchmark", plan=plan), events.append)
    starts = [event.at for event in events if isinstance(event, CommandStarted)]
    ends = [event.at for event in events if isinstance(event, CommandFinished)]
    return max(ends) - min(starts)


async def measure(rounds: int = 5, commands: int = 60) -> None:
    with tempfile.TemporaryDirectory() as home:
        os.environ["BATUTA_HOME"] = home
        tools = Path(home, "waiting.py")
        tools.write_text(TOOLS)
        spans = [await seconds_of(makespan_plan(), tools) for _ in range(rounds)]
        span, critical = statistics.median(spans), critical_path_ms() / 1000
        chain = "n0 = nothing(0)\n" + "\n".join(
            f"n{number} = nothing(n{number - 1})" for number in range(1, commands)
        )
        command_seconds = [await seconds_of(chain, tools) / commands for _ in range(rounds)]
        runs = []
        for _ in range(rounds):
            start = time.perf_counter()
            await seconds_of("n = nothing(1)", tools)
            runs.append(time.perf_counter() - start)
    print(f"makespan of 12 commands      {span:.3f} s, critical path {critical:.3f} s")
    print(
        f"  ratio                      {span / critical:.3f}  ({min(spans) / critical:.3f} to "
        f"{max(spans) / critical:.3f} in {rounds} runs)"
    )
    print(
        f"cost of one command          {statistics.median(command_seconds) * 1000:.1f} ms, "
        f"trace and store included"
    )
    print(
        f"a run of one command         {statistics.median(runs) * 1000:.0f} ms, "
        f"open and close included"
    )


if __name__ == "__main__":
    asyncio.run(measure())
