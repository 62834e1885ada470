import asyncio
from pathlib import Path

import pytest

from agent.record.journal import Runs
from agent.web.jobs import ChangeSignal, JobQueue, JobRunner


async def test_the_bell_wakes_whoever_has_seen_less() -> None:
    bell = ChangeSignal()
    waiting = asyncio.create_task(bell.wait(0))
    await asyncio.sleep(0)
    bell.notify()

    assert await waiting == 1
    assert await bell.wait(0) == 1


def test_every_visitors_bell_rings_for_what_all_pages_show(tmp_path: Path) -> None:
    running = JobRunner(1, Runs(tmp_path))
    one, other = running.signal("one"), running.signal("other")

    running.notify_all()

    assert (one.version, other.version) == (1, 1)


async def test_the_line_serves_in_order_and_tells_places() -> None:
    line, bell = JobQueue(1), ChangeSignal()
    await line.acquire("a", bell)
    turns = [asyncio.create_task(line.acquire(name, bell)) for name in "bc"]
    await asyncio.sleep(0)
    assert [line.position(name) for name in "abc"] == [0, 1, 2]

    line.release("a")
    await turns[0]
    assert [line.position(name) for name in "bc"] == [0, 1]
    line.release("b")
    await turns[1]
    line.release("c")
    await line.acquire("d", bell)


async def test_who_leaves_the_line_lets_the_next_move_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.web.jobs._POSITION_INTERVAL_S", 0.01)
    line, bell = JobQueue(1), ChangeSignal()
    await line.acquire("a", bell)
    turns = [asyncio.create_task(line.acquire(name, bell)) for name in "bc"]
    await asyncio.sleep(0)
    rung = bell.version

    turns[0].cancel()
    await asyncio.wait({turns[0]})

    assert line.position("c") == 1
    await asyncio.wait_for(bell.wait(rung), 5)
    line.release("a")
    await turns[1]


async def test_positions_that_change_quickly_are_told_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("agent.web.jobs._POSITION_INTERVAL_S", 0.05)
    line, last = JobQueue(1), ChangeSignal()
    for name in "abcde":
        asyncio.create_task(line.acquire(name, ChangeSignal()))  # noqa: RUF006
    waiting = asyncio.create_task(line.acquire("z", last))
    await asyncio.sleep(0)
    joined = last.version

    for name in "abcd":
        line.release(name)
        await asyncio.sleep(0)
    await last.wait(joined)
    await asyncio.sleep(0.1)

    assert line.position("z") == 1
    assert last.version == joined + 1
    line.release("e")
    await waiting


async def test_a_turn_that_came_as_its_run_was_stopped_goes_to_the_next() -> None:
    line, bell = JobQueue(1), ChangeSignal()
    await line.acquire("a", bell)
    turns = [asyncio.create_task(line.acquire(name, bell)) for name in "bc"]
    await asyncio.sleep(0)

    line.release("a")
    turns[0].cancel()
    await asyncio.wait({turns[0]})

    await asyncio.wait_for(turns[1], 1)


async def test_one_visitor_gets_half_of_the_slots_at_most() -> None:
    queue, ann, bob = JobQueue(4), ChangeSignal(), ChangeSignal()
    runs = [asyncio.create_task(queue.acquire(f"ann {number}", ann)) for number in range(4)]
    await asyncio.sleep(0)
    assert [queue.position(f"ann {number}") for number in range(4)] == [0, 0, 1, 2]

    await queue.acquire("bob", bob)
    queue.release("ann 0")
    await runs[2]
    assert queue.position("ann 3") == 1
    runs[3].cancel()


async def test_who_is_alone_gets_all_slots_until_another_comes() -> None:
    line, one, other = JobQueue(4, slots_if_alone=4), ChangeSignal(), ChangeSignal()
    for name in "abcd":
        await line.acquire(name, one)
    waiting = asyncio.create_task(line.acquire("e", one))
    await asyncio.sleep(0)
    turn = asyncio.create_task(line.acquire("x", other))
    await asyncio.sleep(0)

    line.release("a")  # three of one's runs are left, more than half
    await turn
    line.release("b")
    line.release("c")
    await waiting

    assert line.position("e") == 0


async def test_a_paused_queue_admits_nobody() -> None:
    queue, signal = JobQueue(2), ChangeSignal()
    queue.pause()
    run = asyncio.create_task(queue.acquire("a", signal))
    await asyncio.sleep(0)
    assert queue.position("a") == 1

    queue.resume()
    await asyncio.wait_for(run, 1)
