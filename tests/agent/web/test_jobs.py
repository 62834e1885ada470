import asyncio
from pathlib import Path

from agent.record.journal import Runs
from agent.web.jobs import Bell, Running, WaitingLine


async def test_the_bell_wakes_whoever_has_seen_less() -> None:
    bell = Bell()
    waiting = asyncio.create_task(bell.wait(0))
    await asyncio.sleep(0)
    bell.ring()

    assert await waiting == 1
    assert await bell.wait(0) == 1


def test_every_visitors_bell_rings_for_what_all_pages_show(tmp_path: Path) -> None:
    running = Running(1, Runs(tmp_path))
    one, other = running.bell("one"), running.bell("other")

    running.ring_all()

    assert (one.rung, other.rung) == (1, 1)


async def test_the_line_serves_in_order_and_tells_places() -> None:
    line, bell = WaitingLine(1), Bell()
    await line.turn("a", bell)
    turns = [asyncio.create_task(line.turn(name, bell)) for name in "bc"]
    await asyncio.sleep(0)
    assert [line.place(name) for name in "abc"] == [0, 1, 2]

    line.leave()
    await turns[0]
    assert [line.place(name) for name in "bc"] == [0, 1]
    line.leave()
    await turns[1]
    line.leave()
    await line.turn("d", bell)


async def test_who_leaves_the_line_lets_the_next_move_up() -> None:
    line, bell = WaitingLine(1), Bell()
    await line.turn("a", bell)
    turns = [asyncio.create_task(line.turn(name, bell)) for name in "bc"]
    await asyncio.sleep(0)
    rung = bell.rung

    turns[0].cancel()
    await asyncio.wait({turns[0]})

    assert line.place("c") == 1
    assert bell.rung > rung
    line.leave()
    await turns[1]


async def test_a_turn_that_came_as_its_run_was_stopped_goes_to_the_next() -> None:
    line, bell = WaitingLine(1), Bell()
    await line.turn("a", bell)
    turns = [asyncio.create_task(line.turn(name, bell)) for name in "bc"]
    await asyncio.sleep(0)

    line.leave()
    turns[0].cancel()
    await asyncio.wait({turns[0]})

    await asyncio.wait_for(turns[1], 1)
