"""What is let go and what is fetched ahead when plans are known."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from tests.tools.models.residency.byte_counted import Stage, Weights, stage, turns
from tools.models.residency.eviction import choose_victims
from tools.models.residency.model_events import ModelLoadFailed


async def run_plan(it: Stage, run_id: str, *plan: str) -> None:
    it.residency.expect(run_id, plan)
    for model in plan:
        async with it.residency.lease(model):
            it.residency.mark_used(run_id, model)
    it.residency.forget(run_id)


async def test_a_known_plan_swaps_six_times_where_recency_alone_swaps_nine_times():
    plan = ("a", "b", "c") * 3
    async with stage(a=50, b=50, c=50) as it:
        await it.use(*plan)
        assert it.log.loads == list("abcabcabc")
    async with stage(a=50, b=50, c=50) as it:
        await run_plan(it, "run", *plan)
        assert it.log.loads == list("abcbac")


async def test_what_no_plan_needs_goes_first_however_recently_it_was_used():
    async with stage(a=50, b=50, c=50) as it:
        await it.use("a", "b")
        it.residency.expect("run", ["c", "a"])
        await it.use("c")
        assert it.resident == ["a", "c"]


async def test_of_several_plans_the_one_that_needs_a_model_soonest_counts():
    async with stage(a=40, b=40, c=40) as it:
        await it.use("a", "b")
        it.residency.expect("one", ["c", "b", "x", "a"])
        it.residency.expect("two", ["a"])
        await it.use("c")
        assert it.resident == ["a", "c"]


async def test_a_plan_that_is_forgotten_no_longer_counts():
    async with stage(a=40, b=40, c=40) as it:
        await it.use("a", "b")
        it.residency.expect("run", ["c", "a"])
        it.residency.forget("run")
        await it.use("c")
        assert it.resident == ["b", "c"]


async def test_prefetch_loads_what_fits_so_that_the_lease_finds_it():
    async with stage(a=40) as it:
        it.residency.prefetch("a")
        await it.use("a")
        assert it.log.loads == ["a"]


async def test_prefetch_takes_room_only_from_what_no_plan_needs():
    async with stage(needed=60, needless=40, a=40, b=40) as it:
        await it.use("needed", "needless")
        it.residency.expect("run", ["needed"])
        it.residency.prefetch("a")
        assert it.resident == ["needed", "a"]
        await it.use("a")
        it.residency.expect("other run", ["a"])
        it.residency.prefetch("b")
        assert it.resident == ["needed", "a"]


async def test_prefetch_does_not_overtake_a_call_that_waits_for_room():
    async with stage(a=60, large=90, b=30) as it:
        async with it.residency.lease("a"):
            waiting = asyncio.create_task(it.use("large"))
            await turns()
            it.residency.prefetch("b")
            assert it.resident == ["a"]
        await waiting


async def test_a_prefetch_that_fails_is_seen_but_not_raised():
    async with stage({"a": Weights(10, damaged=True)}, huge=200) as it:
        for model in ("a", "huge", "unknown"):
            it.residency.prefetch(model)
        await it.residency.close()
        failed = [event for event in it.log.events if isinstance(event, ModelLoadFailed)]
        assert sorted(event.model for event in failed) == ["a", "huge", "unknown"]


async def test_a_prefetched_model_larger_than_expected_never_costs_a_needed_one():
    async with stage({"a": Weights(70, estimate=40)}, needed=50, capacity=120) as it:
        await it.use("needed")
        it.residency.expect("run", ["needed", "a"])
        it.residency.prefetch("a")
        while it.residency.free_bytes("cpu") != 50:
            await asyncio.sleep(0.001)
        assert it.resident == ["needed"]


@dataclass(frozen=True)
class Idle:
    bytes: int
    load_s: float
    last_used: int
    next_use: float


idle_models = st.lists(
    st.builds(
        Idle,
        bytes=st.integers(1, 50),
        load_s=st.floats(0, 20),
        last_used=st.integers(0, 99),
        next_use=st.sampled_from([0, 1, 2, 3, math.inf]),
    ),
    max_size=8,
)


@given(idle_models, st.integers(-10, 250))
def test_victims_suffice_and_none_of_them_could_be_spared(idle: list[Idle], shortage: int):
    victims = choose_victims(idle, shortage, now=100, next_use=lambda model: model.next_use)
    if victims is None:
        assert sum(model.bytes for model in idle) < shortage
    else:
        freed = sum(model.bytes for model in victims)
        assert freed >= shortage
        assert all(freed - victim.bytes < shortage for victim in victims)


@given(idle_models, st.integers(1, 100))
def test_no_needed_model_goes_while_those_nobody_needs_would_do(idle: list[Idle], shortage: int):
    needless = sum(model.bytes for model in idle if model.next_use == math.inf)
    victims = choose_victims(idle, shortage, now=100, next_use=lambda model: model.next_use)
    if needless >= shortage:
        assert victims is not None
        assert all(victim.next_use == math.inf for victim in victims)
