"""Run coroutines in an event loop in a thread of its own.

So synchronous code can call an asynchronous agent, even inside a running event loop (Jupyter).
anyio's portal does the same, but cancels a task again at every await of its cleanup, so that a
stopped run would not wait for its tools.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import CancelledError, Future
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any, Generic, TypeVar

from tools.errors import Cancelled, InputError

T = TypeVar("T")
R = TypeVar("R")

_CHECK_SECONDS = 0.5


class LoopThread(Generic[T]):
    """Keeps an asynchronous resource open in a thread until `close`."""

    def __init__(self, resource: AbstractAsyncContextManager[T]) -> None:
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._loop = self._runner.get_loop()
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._opened: Future[T] = Future()
        self._closed: Future[None] = Future()
        self._thread = threading.Thread(target=self._serve, args=(resource,), name="batuta")
        self._thread.start()
        self.resource = self._opened.result()

    @property
    def is_closed(self) -> bool:
        return self._closed.done()

    def call(self, coroutine: Coroutine[Any, Any, R]) -> R:
        """Return the result of the coroutine; an interrupt cancels it."""
        if self.is_closed:
            coroutine.close()
            raise _closed_agent()
        future = asyncio.run_coroutine_threadsafe(self._run_tracked(coroutine), self._loop)
        try:
            return future.result()
        except CancelledError as error:
            raise Cancelled(
                "the agent was closed during the call", hint="open another one and resume the run"
            ) from error
        except BaseException:
            future.cancel()
            raise

    async def call_from_loop(self, coroutine: Coroutine[Any, Any, R]) -> R:
        """Return the result of the coroutine without blocking the caller's event loop."""
        if self.is_closed:
            coroutine.close()
            raise _closed_agent()
        future = asyncio.run_coroutine_threadsafe(self._run_tracked(coroutine), self._loop)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Close the resource and end the thread; once is enough."""
        if not self.is_closed:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._closed.result()
        self._thread.join()

    def _serve(self, resource: AbstractAsyncContextManager[T]) -> None:
        try:
            with self._runner:
                self._runner.run(self._keep_open(resource))
        except BaseException as error:  # noqa: BLE001  (raised again in the thread of the caller)
            future = self._closed if self._opened.done() else self._opened
            future.set_exception(error)
        if not self._closed.done():
            self._closed.set_result(None)

    async def _keep_open(self, resource: AbstractAsyncContextManager[T]) -> None:
        async with resource as opened:
            self._opened.set_result(opened)
            # A program may end without closing: do not keep its process alive.
            while threading.main_thread().is_alive() and not self._stop.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), _CHECK_SECONDS)
            await self._cancel_tasks()

    async def _run_tracked(self, coroutine: Coroutine[Any, Any, R]) -> R:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            return await coroutine
        finally:
            self._tasks.discard(task)

    async def _cancel_tasks(self) -> None:
        for task in self._tasks:
            if not task.cancelling():  # a second cancellation would interrupt its cleanup
                task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)


def _closed_agent() -> InputError:
    return InputError("the agent is closed", hint="open another one with Agent.open()")
