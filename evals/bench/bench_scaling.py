"""Measure workers on a local Ray cluster: overhead, throughput, batches, and killed processes.

python -m evals.bench.bench_scaling [--quick]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import statistics
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from agent.cluster.ray_workers import ray_workers
from agent.record.budget import Budget
from agent.record.database_storage import DatabaseStorage
from agent.record.events import CommandFinished, CommandStarted
from agent.record.storage import FolderStorage, Storage
from agent.runtime.agent_runtime import AgentRuntime
from evals.bench.local_cluster import (
    NAPS,
    ROWS,
    BenchHome,
    FrontProcess,
    free_port,
    local_cluster,
    stop_deployments,
)
from evals.bench.local_services import local_postgresql, local_s3

NAP_MS = 1_000
BATCH_ITEMS = 192
_LIST_ITEMS = 96
"""Items of a list in a plan; more are in several lists."""
COMMANDS_OF_A_RUN = 3
"""While processes are killed: one that sleeps, one that makes an image and one that reads it."""


@dataclass(frozen=True)
class KillReport:
    """What became of the runs that were under way when processes were killed."""

    runs: int
    right_answers: int
    commands: int
    """Commands that all runs together ask for."""
    finished_once: int
    """Commands that their traces record as finished exactly once."""
    begun_again: int
    """Commands that a worker began once more, because their result was lost."""
    workers_killed: int

    def __str__(self) -> str:
        return (
            f"{self.right_answers} of {self.runs} runs answered right, {self.finished_once} of "
            f"{self.commands} commands finished once, {self.begun_again} begun again"
        )


async def seconds_of(
    home: BenchHome, plan: str, workers: str = "", rounds: int = 1, profile: str = NAPS
) -> float:
    """Return the median seconds from the first command's start to the last one's end."""
    settings = replace(home.settings(profile), budget=Budget(commands=1_000))
    if workers:
        settings = replace(settings, workers=ray_workers(workers, [home.tool_file]))
    durations: list[float] = []
    async with AgentRuntime.open(settings) as agent:
        for _ in range(rounds + 1):  # the first round loads the models
            starts: list[float] = []
            ends: list[float] = []
            async for event in agent.run("benchmark", plan=plan):
                if isinstance(event, CommandStarted):
                    starts.append(event.at)
                elif isinstance(event, CommandFinished):
                    ends.append(event.at)
            durations.append(max(ends) - min(starts))
    return statistics.median(durations[1:])


async def measure_overhead(home: BenchHome, port: int, commands: int = 60) -> None:
    """Print the time of a command that does nothing, here and on a worker."""
    chain = "\n".join(
        ["n0 = nothing(0)", *(f"n{index} = nothing(n{index - 1})" for index in range(1, commands))]
    )
    local = await seconds_of(home, chain, rounds=5) / commands
    remote = await seconds_of(home, chain, address(port, 1), rounds=5) / commands
    print(
        f"cost of one command          {local * 1000:.1f} ms here, {remote * 1000:.1f} ms on a "
        f"worker: {(remote - local) * 1000:.1f} ms more",
        flush=True,
    )
    stop_deployments()


def _plan_of(call: str, count: int) -> str:
    """Return a plan that makes a call so often, all at the same time."""
    sizes = [min(_LIST_ITEMS, count - start) for start in range(0, count, _LIST_ITEMS)]
    lines = (
        f"list{index} = [{call} for number in range({size})]" for index, size in enumerate(sizes)
    )
    return "\n".join(lines)


async def measure_throughput(home: BenchHome, port: int, naps_per_worker: int = 24) -> None:
    """Print the throughput of a tool that sleeps, by the number of workers."""
    single = 0.0
    for count in (1, 2, 4):
        total = naps_per_worker * count
        plan = _plan_of(f'nap("a", ms={NAP_MS})', total)
        seconds = await seconds_of(home, plan, address(port, count))
        rate = total / seconds
        single = single or rate
        print(
            f"throughput, {count} worker{'s' * (count > 1):<17}{rate:.2f} commands/s, "
            f"{rate / single / count:.2f} of linear, ideal {count * 1000 / NAP_MS:.0f}",
            flush=True,
        )
        stop_deployments()


async def measure_batches(home: BenchHome, port: int) -> None:
    """Print the throughput of a model that takes as long for a batch as for one item."""
    single = 0.0
    for batch in (1, 8, 32):
        plan = _plan_of("row(number)", BATCH_ITEMS)
        options = f"{address(port, 1)}&batch={batch}&wait_ms=10"
        lines_before = len(home.log())
        seconds = await seconds_of(home, plan, options, profile=ROWS)
        batches = [line for line in home.log()[lines_before:] if line.startswith("batch ")]
        rate = BATCH_ITEMS / seconds
        single = single or rate
        size = 2 * BATCH_ITEMS / len(batches)
        print(
            f"batches of at most {batch:<10}{rate:.1f} commands/s, {rate / single:.1f} times, "
            f"{size:.1f} items on average",
            flush=True,
        )
        stop_deployments()


async def measure_kills(
    home: BenchHome,
    port: int,
    runs: int = 50,
    nap_ms: int = 300,
    shared: Sequence[str] = (),
    storage: Storage | None = None,
) -> KillReport:
    """Kill a worker and the front in the middle of runs; return what became of them.

    With the options of a `shared` database another front process, with a home of its own, finishes
    the runs; without, the same one after a restart.
    """
    limits = [f"--limit={name}={runs}" for name in ("runs_at_once", "runs_waiting", "active_runs")]
    options = [*limits, *shared]
    first = second = FrontProcess(home, address(port, 2), options)
    lines_before = len(home.log())
    first.start()
    if shared:
        folder = home.copy_to(home.folder.with_name("second"))
        second = FrontProcess(home, address(port, 2), options, folder)
        second.start()
    try:
        async with httpx.AsyncClient(base_url=first.url, timeout=60) as client:
            ids = await asyncio.gather(*(_start(client, run, nap_ms) for run in range(runs)))
            await _wait_for_commands(home, lines_before, runs // 2)
            victims = _live(home.worker_processes())[-1:]
            for process in victims:
                os.kill(process, signal.SIGKILL)
            await _wait_for_commands(home, lines_before, runs)
        first.kill()
        if not shared:
            first.start()
        async with httpx.AsyncClient(base_url=second.url, timeout=60) as client:
            bodies = [await _ended(client, run) for run in ids]
    finally:
        first.kill()
        second.kill()
    stored = (storage or FolderStorage(home.folder)).runs
    finished = Counter(
        (run, event.path)
        for run in ids
        for event in stored.get(run).events()
        if isinstance(event, CommandFinished)
    )
    start_counts = Counter(
        line for line in home.log()[lines_before:] if line.startswith("begin run")
    )
    return KillReport(
        runs=runs,
        right_answers=sum(body["answer"] == _expected(index) for index, body in enumerate(bodies)),
        commands=runs * COMMANDS_OF_A_RUN,
        finished_once=sum(count == 1 for count in finished.values()),
        begun_again=start_counts.total() - len(start_counts),
        workers_killed=len(victims),
    )


def _expected(run: int) -> str:
    return f"run{run} nap and {run}"


async def _start(client: httpx.AsyncClient, run: int, nap_ms: int) -> str:
    plan = (
        f'word = nap("run{run} nap", ms={nap_ms})\npicture = paint({run}, ms={nap_ms})\n'
        f'red = redness(picture, ms={nap_ms})\nsay("{{word}} and {{red}}")'
    )
    response = await client.post("/v1/runs", json={"plan": plan})
    response.raise_for_status()
    return response.json()["id"]


async def _ended(client: httpx.AsyncClient, run: str) -> dict[str, Any]:
    """Return a run once it has ended."""
    while True:
        body = (await client.get(f"/v1/runs/{run}")).json()
        if body["state"] in ("done", "failed"):
            return body
        await asyncio.sleep(0.2)


async def _wait_for_commands(home: BenchHome, lines_before: int, count: int) -> None:
    """Wait until that many commands have ended."""
    while sum(line.startswith("end run") for line in home.log()[lines_before:]) < count:
        await asyncio.sleep(0.05)


def _live(processes: list[int]) -> list[int]:
    return [process for process in processes if Path(f"/proc/{process}").exists()]


def address(port: int, workers: int) -> str:
    """Return the address of the local cluster with that many replicas of each model."""
    return f"ray://auto?http_port={port}&cpus=0.1&min_replicas={workers}&max_replicas={workers}"


async def measure(quick: bool) -> None:
    """Run all measurements on one cluster."""
    runs = 10 if quick else 50
    with tempfile.TemporaryDirectory() as folder:
        home = BenchHome.create(Path(folder, "home"))
        # The nodes are started with what they need to reach the store.
        with local_postgresql() as database, local_s3() as artifacts, local_cluster(home):
            port = free_port()
            await measure_overhead(home, port)
            await measure_throughput(home, port, naps_per_worker=8 if quick else 24)
            await measure_batches(home, port)
            report = await measure_kills(home, port, runs)
            print(f"a worker and the front killed, restarted: {report}", flush=True)
            stop_deployments()
            storage = DatabaseStorage(database, home.folder)
            shared = ["--database", database, "--artifacts", artifacts]
            report = await measure_kills(home, port, runs, shared=shared, storage=storage)
            storage.close()
            print(f"a worker and the front killed, another front: {report}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="fewer commands and runs")
    asyncio.run(measure(parser.parse_args().quick))
