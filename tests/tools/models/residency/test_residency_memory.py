"""What is in memory: loaded once, measured, within its budget."""

from __future__ import annotations

import asyncio

import pytest

from tests.tools.models.residency.byte_counted import Device, Log, Shelf, Weights, stage, turns
from tools.errors import CatalogueError, OutOfMemory
from tools.models.residency.footprints import Footprint, Footprints
from tools.models.residency.loader import Resident
from tools.models.residency.model_events import ModelEvicted, ModelLoaded, ModelLoading
from tools.models.residency.residency import Residency


async def test_the_first_lease_loads_and_the_second_finds_the_model_there():
    async with stage(a=40) as it:
        async with it.residency.lease("a") as first:
            assert it.residency.residents() == (
                Resident("a", "cpu", 40, leases=1, loading=False, load_s=0.0),
            )
        async with it.residency.lease("a") as second:
            assert second is first
        assert it.log.events == [ModelLoading("a", "cpu", 40), ModelLoaded("a", "cpu", 40, 0.0)]
        assert it.residency.free_bytes("cpu") == 60


async def test_ten_calls_that_ask_at_once_share_one_load():
    async with stage({"a": Weights(40, shared=True)}) as it:
        everyone = asyncio.Barrier(10)

        async def call() -> None:
            async with it.residency.lease("a"):
                await everyone.wait()

        await asyncio.gather(*(call() for _ in range(10)))
        assert it.log.loads == ["a"]


async def test_the_event_loop_goes_on_while_a_model_loads():
    async with stage(a=40) as it:
        it.shelf.gate.clear()
        call = asyncio.create_task(it.use("a"))
        await turns()
        assert it.residency.residents() == (
            Resident("a", "cpu", 40, leases=0, loading=True, load_s=0.0),
        )
        it.shelf.gate.set()
        await call


async def test_the_least_recently_used_model_makes_room_for_another():
    async with stage(a=40, b=40, c=40) as it:
        await it.use("a", "b", "a", "c")
        assert it.resident == ["a", "c"]
        assert it.log.events[-3:] == [
            ModelEvicted("b", "cpu", 40, "room"),
            ModelLoading("c", "cpu", 40),
            ModelLoaded("c", "cpu", 40, 0.0),
        ]


async def test_a_leased_model_stays_and_the_next_one_waits_for_it():
    async with stage(a=60, b=60) as it:
        async with it.residency.lease("a"):
            waiting = asyncio.create_task(it.use("b"))
            await turns()
            assert it.resident == ["a"]
        await waiting
        assert it.resident == ["b"]


async def test_a_model_that_is_not_shared_serves_one_call_at_a_time_in_order_of_arrival():
    async with stage(a=40) as it:
        order: list[str] = []

        async def call(name: str) -> None:
            async with it.residency.lease("a"):
                order.append(f"{name} begins")
                await turns(3)
                order.append(f"{name} ends")

        await asyncio.gather(call("first"), call("second"), call("third"))
        assert order == [
            "first begins",
            "first ends",
            "second begins",
            "second ends",
            "third begins",
            "third ends",
        ]


async def test_a_model_slow_to_load_is_kept_rather_than_one_of_its_size_that_loads_fast():
    weights = {"slow": Weights(40, load_s=9.0), "fast": Weights(40, load_s=0.5), "new": Weights(40)}
    async with stage(weights) as it:
        await it.use("slow", "fast", "new")
        assert it.resident == ["slow", "new"]


async def test_a_large_victim_spares_the_small_ones_before_it():
    async with stage(small=20, large=80, new=70) as it:
        await it.use("small", "large", "new")
        assert it.resident == ["small", "new"]


async def test_a_model_larger_than_the_budget_is_refused_at_once_with_both_numbers():
    async with stage(huge=4_000, budget=1_500) as it:
        with pytest.raises(OutOfMemory) as refusal:
            await it.use("huge")
        assert str(refusal.value) == (
            "'huge' can never fit: it needs 4,000 bytes on 'cpu', whose budget is 1,500\n"
            "hint: raise the budget in the profile, or choose a smaller model or dtype"
        )
        assert it.log.events == []


async def test_a_device_without_a_budget_is_refused_by_name():
    async with stage(a=40) as it:
        with pytest.raises(CatalogueError, match="'cuda:1' has no budget; there is one for cpu"):
            async with it.residency.lease("a", device="cuda:1"):
                pass


async def test_an_unknown_model_is_what_the_loader_says_it_is():
    async with stage() as it:
        with pytest.raises(CatalogueError, match="there is no model 'a'"):
            await it.use("a")


async def test_a_load_is_counted_as_it_was_measured_and_next_time_expected_so():
    async with stage({"a": Weights(30, estimate=50)}, b=90) as it:
        await it.use("a")
        assert it.residency.free_bytes("cpu") == 70
        await it.use("b", "a")
        assert it.log.events[-2] == ModelLoading("a", "cpu", 30)


async def test_a_model_larger_than_expected_drives_out_idle_ones():
    async with stage({"a": Weights(70, estimate=40)}, b=50, capacity=120) as it:
        await it.use("b", "a")
        assert it.log.events[2:] == [
            ModelLoading("a", "cpu", 40),
            ModelEvicted("b", "cpu", 50, "room"),
            ModelLoaded("a", "cpu", 70, 0.0),
        ]


async def test_a_model_larger_than_expected_leaves_again_if_the_others_are_in_use():
    async with stage({"a": Weights(70, estimate=40)}, b=50, capacity=120) as it:
        async with it.residency.lease("b"):
            with pytest.raises(OutOfMemory) as refusal:
                await asyncio.create_task(it.use("a"))
            assert refusal.value.message == (
                "'a' took 70 bytes on 'cpu' instead of the 40 expected, more than the budget of "
                "100 leaves beside the models in use"
            )
            assert it.residency.free_bytes("cpu") == 50
        await it.use("a")
        assert it.resident == ["a"]


async def test_a_model_goes_to_the_first_device_that_can_hold_it_unless_it_is_told_where():
    devices = {"cuda:0": Device(100), "cpu": Device(200)}
    shelf = Shelf({"small": Weights(60), "other": Weights(60), "large": Weights(150)}, devices)
    residency = Residency(shelf, {"cuda:0": 100, "cpu": 200})

    def places() -> list[tuple[str, str]]:
        return [(found.model, found.device) for found in residency.residents()]

    async with asyncio.timeout(10):
        async with residency.lease("small"), residency.lease("other", device="cpu"):
            assert places() == [("small", "cuda:0"), ("other", "cpu")]
        async with residency.lease("large"):
            assert places() == [("small", "cuda:0"), ("large", "cpu")]
        async with residency.lease("other"):
            assert places() == [("large", "cpu"), ("other", "cuda:0")]
        await residency.close()


async def test_a_model_on_another_device_than_the_first_is_used_where_it_is():
    devices = {"cuda:0": Device(100), "cpu": Device(100)}
    shelf, log = Shelf({"a": Weights(60)}, devices), Log()
    residency = Residency(shelf, {"cuda:0": 100, "cpu": 100}, observe=log)
    async with asyncio.timeout(10):
        async with residency.lease("a", device="cpu"):
            pass
        async with residency.lease("a"):
            pass
        await residency.close()
    assert log.loads == ["a"]


async def test_what_was_measured_before_is_reserved_instead_of_the_estimate():
    footprints = Footprints()
    footprints.remember(Footprint(model="a", dtype="float32", device="cpu", bytes=70, load_s=1.0))
    weights = {"a": Weights(70, estimate=40)}
    async with stage(weights, footprints=footprints, b=50) as it:
        async with it.residency.lease("b"):
            waiting = asyncio.create_task(it.use("a"))
            await turns()
            assert it.resident == ["b"]
        await waiting
        assert it.resident == ["a"]
