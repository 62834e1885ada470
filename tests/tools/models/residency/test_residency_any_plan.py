"""Whatever the plans: no budget is exceeded, nobody waits for ever, nothing is left behind."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.tools.models.residency.byte_counted import Device, Shelf, Weights, turns
from tools.errors import OutOfMemory, SourceError
from tools.models.residency.model_events import ModelEvent, ModelLoadFailed
from tools.models.residency.residency import Residency

BUDGETS = {"cuda:0": 60, "cpu": 100}
MODELS = "abcdefg"


@dataclass(frozen=True)
class Command:
    model: str
    after: frozenset[int]
    """The numbers of earlier commands it waits for."""
    inside: str | None
    """A model leased inside the lease of the first."""
    turns: int


@dataclass(frozen=True)
class Plan:
    commands: list[Command]
    cancelled_after: int | None
    known: bool


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    commands = [
        Command(
            model=draw(st.sampled_from(MODELS)),
            after=draw(st.frozensets(st.integers(0, number - 1), max_size=2))
            if number
            else frozenset(),
            inside=draw(st.sampled_from([None, None, None, *MODELS])),
            turns=draw(st.integers(0, 3)),
        )
        for number in range(draw(st.integers(1, 8)))
    ]
    cancelled_after = draw(st.sampled_from([None, None, None, 0, 3, 10]))
    return Plan(commands, cancelled_after, known=draw(st.booleans()))


@st.composite
def weights(draw: st.DrawFn) -> Weights:
    size = draw(st.integers(1, 90))
    return Weights(
        size,
        estimate=min(size + draw(st.sampled_from([0, 0, 7])), 100),
        shared=draw(st.booleans()),
        damaged=draw(st.sampled_from([False, False, False, False, True])),
    )


async def run_command(residency: Residency, run_id: str, command: Command) -> None:
    try:
        async with residency.lease(command.model):
            residency.mark_used(run_id, command.model)
            await turns(command.turns)
            if command.inside:
                async with residency.lease(command.inside):
                    await turns(command.turns)
    except (OutOfMemory, SourceError):
        pass


async def run_plan(residency: Residency, run_id: str, plan: Plan) -> None:
    if plan.known:
        residency.expect(run_id, [command.model for command in plan.commands])
        residency.prefetch(plan.commands[0].model)
    done = [asyncio.Event() for _ in plan.commands]

    async def run(number: int, command: Command) -> None:
        for earlier in command.after:
            await done[earlier].wait()
        await run_command(residency, run_id, command)
        done[number].set()

    async with asyncio.TaskGroup() as group:
        commands = [group.create_task(run(*pair)) for pair in enumerate(plan.commands)]
        if plan.cancelled_after is not None:
            await turns(plan.cancelled_after)
            for event, command in zip(done, commands, strict=True):
                command.cancel()
                event.set()
    residency.forget(run_id)


async def run_all(shelf: Shelf, all_plans: list[Plan]) -> None:
    rooms: list[int] = []
    failures: list[str] = []

    def observe(event: ModelEvent) -> None:
        rooms.append(residency.free_bytes(event.device))
        if isinstance(event, ModelLoadFailed):
            failures.append(event.error)

    residency = Residency(shelf, BUDGETS, observe=observe)
    async with asyncio.timeout(10):
        await asyncio.gather(
            *(run_plan(residency, f"run {number}", plan) for number, plan in enumerate(all_plans))
        )
        assert all(found.leases == 0 for found in residency.residents())
        for device in BUDGETS:
            await residency.evict_idle(device)
        await residency.close()
    assert all(room >= 0 for room in rooms)
    assert all("damaged" in error or "can never fit" in error for error in failures)
    assert {device: residency.free_bytes(device) for device in BUDGETS} == BUDGETS


@examples(100)
@given(
    st.fixed_dictionaries({model: weights() for model in MODELS}),
    st.lists(plans(), min_size=1, max_size=4),
)
def test_random_plans_at_once_never_exceed_a_budget_and_never_deadlock(
    models: dict[str, Weights], all_plans: list[Plan]
):
    devices = {device: Device(budget) for device, budget in BUDGETS.items()}
    with asyncio.Runner() as runner:  # Inspect replaces asyncio.run, and leaves its loop open
        runner.run(run_all(Shelf(models, devices), all_plans))
    assert [device.used for device in devices.values()] == [0, 0]
