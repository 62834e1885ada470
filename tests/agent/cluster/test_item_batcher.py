"""Batches of the items of several calls."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from agent.cluster.batched_model import BatchItems, BatchRows
from agent.cluster.item_batcher import ItemBatcher


class Doubler:
    """A model that notes the sizes of its batches and computes while `free` is not set."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.free = asyncio.Event()
        self.free.set()

    async def run(self, batch: list[BatchItems]) -> Sequence[BatchRows]:
        self.sizes.append(sum(part.size for part in batch))
        await self.free.wait()
        if any(13 in part.items for part in batch):
            raise ArithmeticError("13 brings bad luck")
        return [BatchRows([2 * item for item in part.items]) for part in batch]


def items(*numbers: int) -> BatchItems:
    return BatchItems("double", numbers)


async def test_items_that_arrive_together_are_one_batch_of_the_largest_size() -> None:
    model = Doubler()
    batcher = ItemBatcher(model.run, 4, 0.02)

    rows = await asyncio.gather(*(batcher.collect(items(number)) for number in range(10)))

    assert [row.rows for row in rows] == [[2 * number] for number in range(10)]
    assert model.sizes == [4, 4, 2]


async def test_items_that_arrive_while_the_model_computes_are_one_batch() -> None:
    model = Doubler()
    batcher = ItemBatcher(model.run, 8, 0.001)
    model.free.clear()
    first = asyncio.create_task(batcher.collect(items(0)))
    others: list[asyncio.Task[BatchRows]] = []
    for number in range(1, 7):
        await asyncio.sleep(0.01)
        others.append(asyncio.create_task(batcher.collect(items(number))))
    await asyncio.sleep(0.01)
    model.free.set()
    await asyncio.gather(first, *others)

    assert model.sizes == [1, 6]


async def test_a_full_batch_does_not_wait() -> None:
    model = Doubler()
    batcher = ItemBatcher(model.run, 2, 60)

    async with asyncio.timeout(5):
        await asyncio.gather(batcher.collect(items(1)), batcher.collect(items(2)))

    assert model.sizes == [2]


async def test_more_items_than_a_batch_has_run_alone() -> None:
    model = Doubler()
    batcher = ItemBatcher(model.run, 2, 0.01)

    large, small = await asyncio.gather(batcher.collect(items(1, 2, 3)), batcher.collect(items(4)))

    assert (large.rows, small.rows) == ([2, 4, 6], [8])
    assert model.sizes == [3, 1]


async def test_a_failed_batch_fails_its_calls_and_no_other() -> None:
    model = Doubler()
    batcher = ItemBatcher(model.run, 1, 0)

    bad, good = await asyncio.gather(batcher.collect(items(13)), batcher.collect(items(1)))

    assert isinstance(bad.error, ArithmeticError)
    assert good.rows == [2]


async def test_a_cancelled_call_is_in_no_batch() -> None:
    model = Doubler()
    batcher = ItemBatcher(model.run, 8, 0.01)
    model.free.clear()
    first = asyncio.create_task(batcher.collect(items(1)))
    await asyncio.sleep(0.03)
    cancelled = asyncio.create_task(batcher.collect(items(2)))
    third = asyncio.create_task(batcher.collect(items(3)))
    await asyncio.sleep(0)
    cancelled.cancel()
    await asyncio.sleep(0)
    model.free.set()

    assert [(await first).rows, (await third).rows] == [[2], [6]]
    with pytest.raises(asyncio.CancelledError):
        await cancelled
    assert model.sizes == [1, 1]
