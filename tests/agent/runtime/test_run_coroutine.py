import asyncio
from collections.abc import Callable

import pytest

from agent.runtime.run_coroutine import run_coroutine


async def loop_at_work() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def test_the_loop_is_closed_even_where_asyncio_run_was_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def left_open(work: object) -> None:
        raise AssertionError("asyncio.run was called")

    replaced: Callable[..., None] = left_open
    monkeypatch.setattr(asyncio, "run", replaced)
    assert run_coroutine(loop_at_work()).is_closed()
