"""Who gets a lease when: waiting in order, leases inside leases, failures, closing."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.tools.models.residency.byte_counted import Weights, stage, turns
from tools.errors import Cancelled, OutOfMemory, SourceError
from tools.models.residency.model_events import ModelEvicted, ModelLoadFailed, ModelLoading


async def test_a_large_model_is_overtaken_eight_times_and_then_gets_its_turn():
    async with stage({"popular": Weights(40, shared=True)}, large=80) as it:
        order: list[str] = []

        async def call(model: str, name: str) -> None:
            async with it.residency.lease(model):
                order.append(name)
                await turns(5)

        async with asyncio.TaskGroup() as calls, it.residency.lease("popular"):
            calls.create_task(call("large", "large"))
            await turns()
            for number in range(1, 13):
                calls.create_task(call("popular", f"{number}"))
                await turns(1)
            await turns()
        assert order == ["1", "2", "3", "4", "5", "6", "7", "8", "large", "9", "10", "11", "12"]


async def test_a_lease_inside_a_lease_is_granted_if_there_is_room_for_both():
    async with (
        stage(a=60, b=40) as it,
        it.residency.lease("a"),
        it.residency.lease("b"),
    ):
        assert it.residency.free_bytes("cpu") == 0


async def test_a_lease_inside_a_lease_is_refused_if_only_the_outer_one_is_in_the_way():
    async with stage(a=60, b=60) as it:
        async with it.residency.lease("a"):
            with pytest.raises(OutOfMemory) as refusal:
                await it.use("b")
        assert str(refusal.value) == (
            "'b' was requested inside the lease of 'a', but on 'cpu' it is free only after "
            "that lease ends\n"
            "hint: end the outer lease first, or raise the budget in the profile"
        )


async def test_the_same_model_inside_its_own_lease_is_refused_unless_it_is_shared():
    async with stage({"shared": Weights(20, shared=True)}, single=20) as it:
        async with it.residency.lease("shared"):
            await it.use("shared")
        async with it.residency.lease("single"):
            with pytest.raises(OutOfMemory, match="'single' was requested inside the lease of"):
                await it.use("single")


async def test_a_lease_inside_a_lease_waits_for_a_third_call_to_end():
    async with stage(a=40, b=40, c=40) as it:

        async def nested() -> None:
            async with it.residency.lease("b"):
                await it.use("c")

        async with it.residency.lease("a"):
            call = asyncio.create_task(nested())
            await turns()
        await call
        assert it.resident == ["b", "c"]


async def test_two_calls_that_wait_for_each_other_are_told_apart_and_one_goes_on():
    async with stage(a=10, b=10) as it:
        both = asyncio.Barrier(2)

        async def call(outer: str, inner: str) -> str:
            async with it.residency.lease(outer):
                await both.wait()
                await it.use(inner)
            return f"{outer}, then {inner}"

        results = await asyncio.gather(call("a", "b"), call("b", "a"), return_exceptions=True)
        assert results[1] == "b, then a"
        assert isinstance(results[0], OutOfMemory)


async def test_calls_inside_a_lease_are_never_held_back_by_one_that_waits_for_that_lease():
    async with stage({"a": Weights(60, shared=True)}, large=90, b=30) as it:
        async with it.residency.lease("a"):
            waiting = asyncio.create_task(it.use("large"))
            await turns()
            await it.use("a", "b", *["a"] * 20)
        await waiting
        assert it.resident == ["large"]


async def test_a_failed_load_leaves_nothing_counted_and_everyone_who_waited_is_told():
    async with stage({"a": Weights(60, damaged=True)}, b=100) as it:
        results = await asyncio.gather(it.use("a"), it.use("a"), return_exceptions=True)
        assert [type(result) for result in results] == [SourceError, SourceError]
        assert it.residency.free_bytes("cpu") == 100
        assert it.log.events == [
            ModelLoading("a", "cpu", 60),
            ModelLoadFailed("a", "cpu", "the weights of 'a' are damaged"),
        ]
        await it.use("b")


async def test_a_failed_load_lets_those_go_on_who_waited_for_its_room():
    async with stage({"a": Weights(60, damaged=True)}, b=60) as it:
        it.shelf.gate.clear()
        failing = asyncio.create_task(it.use("a"))
        waiting = asyncio.create_task(it.use("b"))
        await turns()
        it.shelf.gate.set()
        await waiting
        with pytest.raises(SourceError):
            await failing


async def test_a_load_that_failed_once_is_tried_again_by_the_next_call():
    async with stage({"a": Weights(60, damaged=True)}) as it:
        with pytest.raises(SourceError):
            await it.use("a")
        it.shelf.weights["a"].damaged = False
        await it.use("a")
        assert it.resident == ["a"]


async def test_a_call_cancelled_while_its_model_loads_leaves_the_model_idle():
    async with stage(a=60, b=60) as it:
        it.shelf.gate.clear()
        call = asyncio.create_task(it.use("a"))
        await turns()
        call.cancel()
        await turns()
        assert call.cancelled()
        it.shelf.gate.set()
        await it.use("b")
        assert it.resident == ["b"]


async def test_a_call_cancelled_while_it_waits_for_room_no_longer_stands_in_the_way():
    async with stage(a=60, b=90, c=40) as it:
        async with it.residency.lease("a"):
            waiting = asyncio.create_task(it.use("b"))
            await turns()
            waiting.cancel()
            await turns()
            await asyncio.create_task(it.use("c"))
        await it.use("b")


async def test_a_call_cancelled_while_others_stand_back_for_it_lets_them_go_on():
    async with stage({"a": Weights(60, shared=True)}, large=90) as it, it.residency.lease("a"):
        waiting = asyncio.create_task(it.use("large"))
        await turns()
        for _ in range(8):
            await asyncio.create_task(it.use("a"))
        standing_back = asyncio.create_task(it.use("a"))
        await turns()
        assert not standing_back.done()
        waiting.cancel()
        await standing_back


async def test_a_call_cancelled_as_it_is_granted_gives_the_lease_back():
    async with stage(a=60) as it:
        async with it.residency.lease("a"):
            waiting = asyncio.create_task(it.use("a"))
            await turns()
        waiting.cancel()
        await turns()
        assert waiting.cancelled()
        await it.use("a")


async def test_a_call_cancelled_in_the_moment_before_it_would_be_granted_is_passed_over():
    async with stage(a=60) as it:
        async with it.residency.lease("a"):
            waiting = asyncio.create_task(it.use("a"))
            await turns()
            waiting.cancel()
        await turns()
        assert waiting.cancelled()
        await it.use("a")


async def test_a_lease_may_be_handed_to_another_task_to_end():
    async with stage(a=60, b=60) as it:
        lease = AsyncExitStack()
        await lease.enter_async_context(it.residency.lease("a"))
        waiting = asyncio.create_task(it.use("b"))
        await turns()
        assert it.resident == ["a"]
        await asyncio.create_task(lease.aclose())
        await waiting
        assert it.resident == ["b"]


async def test_an_error_inside_a_lease_ends_it():
    async with stage(a=60, b=60) as it:
        with pytest.raises(ZeroDivisionError):
            async with it.residency.lease("a"):
                _ = 1 // 0
        await it.use("b")


async def test_relief_evicts_all_that_is_idle_and_says_how_many_bytes_came_free():
    async with stage(a=30, b=25, c=20) as it:
        await it.use("b", "c")
        async with it.residency.lease("a"):
            assert await it.residency.evict_idle("cpu") == 45
            assert it.device.used == 30
            assert it.log.events[-2:] == [
                ModelEvicted("b", "cpu", 25, "relief"),
                ModelEvicted("c", "cpu", 20, "relief"),
            ]
        assert await it.residency.evict_idle("cpu") == 30
        assert await it.residency.evict_idle("cpu") == 0


async def test_closing_waits_for_leases_refuses_who_waits_and_unloads_everything():
    async with stage(a=60, b=60) as it:
        async with it.residency.lease("a"):
            waiting = asyncio.create_task(it.use("b"))
            await turns()
            closing = asyncio.create_task(it.residency.close())
            await turns()
            assert not closing.done()
            with pytest.raises(Cancelled, match="'b' was not leased: the models are being unload"):
                await waiting
            with pytest.raises(Cancelled, match="'a' was not leased"):
                await it.use("a")
            it.residency.prefetch("b")
            assert it.log.loads == ["a"]
        await closing
        assert it.log.events[-1] == ModelEvicted("a", "cpu", 60, "close")


async def test_closing_waits_for_a_load_that_has_begun():
    async with stage(a=60) as it:
        it.shelf.gate.clear()
        it.residency.prefetch("a")
        closing = asyncio.create_task(it.residency.close())
        await turns()
        it.shelf.gate.set()
        await closing
        assert it.resident == []
