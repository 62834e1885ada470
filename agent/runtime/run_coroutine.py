"""Run a coroutine from a thread without an event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run_coroutine(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a new event loop and return its result.

    Not asyncio.run: inspect_ai replaces it by one that leaves its loop open.
    """
    with asyncio.Runner() as runner:
        return runner.run(coroutine)
