"""Runs whose models are deployments of a Ray cluster on two local nodes."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import PIL.Image
import pytest
import pytest_asyncio

from agent.cluster.ray_workers import ray_workers
from agent.record.events import (
    CommandFailed,
    CommandFinished,
    CommandProgress,
    CommandRetried,
    Event,
    ModelLoaded,
)
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime, Settings
from tests.agent.cluster.conftest import LocalCluster, write_home

pytestmark = [pytest.mark.slow, pytest.mark.ray]


def with_workers(cluster: LocalCluster) -> Settings:
    return replace(cluster.settings, workers=ray_workers(cluster.url, cluster.settings.tool_files))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agent(cluster: LocalCluster) -> AsyncGenerator[AgentRuntime]:
    async with AgentRuntime.open(with_workers(cluster)) as agent:
        yield agent


async def run(
    agent: AgentRuntime, plan: str, files: tuple[Path, ...] = (), seed: int = 0
) -> tuple[list[Event], RunOutcome]:
    events = [event async for event in agent.run("go", files, plan=plan, seed=seed)]
    return events, RunOutcome.of(events)


@pytest.mark.asyncio(loop_scope="module")
class TestOneCluster:
    async def test_answers_and_events_are_those_of_one_machine(
        self, agent: AgentRuntime, tmp_path: Path
    ) -> None:
        photo = tmp_path / "photo.png"
        PIL.Image.new("RGB", (32, 24), (200, 100, 50)).save(photo)
        plan = (
            "first = noise(image1)\nsecond = noise(first)\n"
            "words = [nap(word, ms=1) for word in ['a', 'b']]\nnumbers = infinite()\n"
            'grey = grayscale(second)\nsay("Here: {grey}, {words} and {numbers}")'
        )
        local = write_home(tmp_path / "local")

        async with AgentRuntime.open(local) as local_agent:
            local_events, local_outcome = await run(local_agent, plan, (photo,), seed=5)
        events, outcome = await run(agent, plan, (photo,), seed=5)

        assert outcome.state == local_outcome.state == "done"
        assert outcome.answer == local_outcome.answer
        assert outcome.results == local_outcome.results
        assert finished_commands(events) == finished_commands(local_events)
        assert not [event for event in events if isinstance(event, ModelLoaded)]

    async def test_the_lineage_of_a_result_names_its_command_and_model(
        self, agent: AgentRuntime, tmp_path: Path
    ) -> None:
        photo = tmp_path / "photo.png"
        PIL.Image.new("RGB", (16, 16), (1, 2, 3)).save(photo)

        events, _ = await run(agent, "changed = noise(image1)", (photo,), seed=7)

        (finished,) = [event for event in events if isinstance(event, CommandFinished)]
        assert isinstance(finished.value, dict)
        lineage = agent.session.store.describe(finished.value["artifact"]).lineage
        assert lineage
        assert lineage.command == "noise(image1)"
        assert lineage.model == "nap/sleeper"
        assert lineage.seed == 7

    async def test_progress_and_previews_of_a_worker_are_events(
        self, agent: AgentRuntime, tmp_path: Path
    ) -> None:
        photo = tmp_path / "photo.png"
        PIL.Image.new("RGB", (16, 16), (9, 9, 9)).save(photo)

        events, _ = await run(agent, "changed = noise(image1)", (photo,))

        progress = [event for event in events if isinstance(event, CommandProgress)]
        assert [(event.fraction, event.message) for event in progress] == [(0.5, "half")]
        assert (
            agent.session.store.get(progress[0].preview).describe() == "a picture of 16×16 pixels"
        )

    @pytest.mark.parametrize(
        ("call", "error"),
        [
            ('refuse_here("x")', "'x' is not a good text\nhint: try another"),
            ("crash_here()", "crash_here failed: ZeroDivisionError: no luck"),
            ("lift()", "model 'lift/broken' does not fit into memory: there are no 4 GB left"),
        ],
    )
    async def test_errors_are_those_of_one_machine(
        self, agent: AgentRuntime, call: str, error: str
    ) -> None:
        events, outcome = await run(agent, f"word = {call}")

        (failed,) = [event for event in events if isinstance(event, CommandFailed)]
        assert failed.error.startswith(error)
        assert outcome.state == "failed"

    async def test_calls_at_the_same_time_are_one_batch(
        self, agent: AgentRuntime, cluster: LocalCluster
    ) -> None:
        await run(agent, "first = square(100)")
        earlier = len(cluster.log())

        _, outcome = await run(agent, 'all = [square(number) for number in range(8)]\nsay("{all}")')

        assert outcome.answer == "0, 1, 4, 9, 16, 25, 36 and 49"
        batches = [line for line in cluster.log()[earlier:] if line.startswith("batch")]
        sizes = [int(line.split()[-1]) for line in batches]
        assert sum(sizes) == 8
        assert len(sizes) <= 3

    async def test_a_bad_item_fails_its_own_call_only(self, agent: AgentRuntime) -> None:
        events, _ = await run(agent, "all = [square(number) for number in [11, 12, 13, 14]]")

        failed = [event for event in events if isinstance(event, CommandFailed)]
        assert len(failed) == 1
        assert "13 brings bad luck" in failed[0].error
        done = [event.value for event in events if isinstance(event, CommandFinished)]
        assert sorted(done) == [121, 144, 196]

    async def test_a_stopped_run_stops_its_worker(
        self, agent: AgentRuntime, cluster: LocalCluster
    ) -> None:
        await run(agent, 'ready = nap("ready", ms=1)')

        async def first_events() -> None:
            async for _ in agent.run("go", plan='long = nap("long", ms=60000)'):
                pass

        task = asyncio.create_task(first_events())
        while "begin long" not in cluster.log():
            await asyncio.sleep(0.05)
        task.cancel()
        start_time = time.monotonic()
        _, outcome = await run(agent, 'next = nap("next", ms=1)\nsay("{next}")')

        assert outcome.answer == "next"
        assert time.monotonic() - start_time < 30
        assert "end long" not in cluster.log()

    async def test_a_call_whose_worker_is_killed_runs_again(self, agent: AgentRuntime) -> None:
        events, outcome = await run(agent, 'word = end_worker_once("killed")\nsay("{word}")')

        assert outcome.answer == "survived"
        retried = [event for event in events if isinstance(event, CommandRetried)]
        assert [event.rule for event in retried] == ["retry"]
        assert "'nap/sleeper'" in retried[0].error

    async def test_a_second_front_process_uses_the_same_deployments(
        self, agent: AgentRuntime, cluster: LocalCluster
    ) -> None:
        await run(agent, 'ready = nap("before", ms=1)')
        loads = Counter(cluster.log())

        async with AgentRuntime.open(with_workers(cluster)) as second:
            _, outcome = await run(second, 'word = nap("shared", ms=1)\nsay("{word}")')

        assert outcome.answer == "shared"
        new_lines = Counter(cluster.log()) - loads
        assert sorted(new_lines) == ["begin shared", "end shared"]


def finished_commands(events: list[Event]) -> list[tuple[object, ...]]:
    return sorted(
        (event.path, event.name, event.tool, str(event.value), event.result_text, event.bytes)
        for event in events
        if isinstance(event, CommandFinished)
    )
