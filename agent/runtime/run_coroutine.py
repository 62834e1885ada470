"""Waiting for asynchronous work in a thread without an event loop, such as those of tools."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_to_end(work: Coroutine[Any, Any, T]) -> T:
    """What the work results in, run in an event loop of its own that is closed after it.

    Inspect puts another asyncio.run in place of Python's, which leaves its loop open.
    """
    with asyncio.Runner() as runner:
        return runner.run(work)
