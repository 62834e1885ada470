"""Run tools with one model, as a replica of its deployment does."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from typing import cast

from agent.cluster.batched_model import BatchedModel, BatchItems, BatchRows, RunBatch, run_batch
from agent.cluster.deployment_plan import WorkerSettings
from agent.cluster.worker_messages import ErrorLine, ProgressLine, ResultLine, WorkerCall
from agent.record.artifacts import Encoded
from agent.runtime.retry_rules import as_tool_error
from agent.runtime.session import Session
from agent.runtime.tool_call import call_tool
from tools.errors import BatutaError, ToolError
from tools.home import home
from tools.media import Media
from tools.models.card import Card
from tools.sdk.call_context import CallContext, Progress
from tools.sdk.model import Model
from tools.sdk.plan_types import Value
from tools.sdk.tool import Tool

STUCK_SECONDS = 60
"""How long a call may go on after it was asked to stop, before its replica is replaced."""


class ModelWorker:
    """Loads a model at its first call and runs tools with it.

    The calls of a model with batched methods run at once, `threads` at most; those of others one
    after another.
    """

    def __init__(self, settings: WorkerSettings, model: str, *, threads: int) -> None:
        self._session = Session.load(
            settings.profile, settings.tool_files, home=home(), artifacts=settings.artifacts
        )
        self._card: Card = self._session.profile.card(model)
        self._model_thread = ThreadPoolExecutor(1, "model")
        self._call_threads = ThreadPoolExecutor(threads, "call")
        self._load_task: asyncio.Task[Model] | None = None
        self._stop_times: dict[int, float] = {}

    async def run(
        self, call: WorkerCall, collect: RunBatch
    ) -> AsyncGenerator[ProgressLine | ResultLine | ErrorLine]:
        """Yield the progress of a call and its result or error; closing it stops the call."""
        lines: asyncio.Queue[ProgressLine | None] = asyncio.Queue()
        context = CallContext(self._reporter(lines))
        task = asyncio.create_task(self._run(call, context, collect))
        task.add_done_callback(lambda _: lines.put_nowait(None))
        try:
            while line := await lines.get():
                yield line
            yield ResultLine(value=task.result())
        except BatutaError as error:
            yield ErrorLine.of(error)
        except Exception as error:  # noqa: BLE001
            yield ErrorLine.of(as_tool_error(call.tool, error))
        finally:
            context.stop.set()
            self._watch(task)

    async def run_batch(self, batch: list[BatchItems]) -> list[BatchRows]:
        """Run the items of several calls on the model at once."""
        model = await self._loaded_model()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._model_thread, run_batch, model, batch)

    def check_health(self) -> None:
        """Raise ToolError if a call goes on long after it was asked to stop."""
        now = time.monotonic()
        if any(now - stop_time > STUCK_SECONDS for stop_time in self._stop_times.values()):
            raise ToolError(f"a call of {self._card.id!r} does not stop")

    def preload(self) -> None:
        """Begin to load the model; an error is reported to the first call."""
        self._load_task = asyncio.create_task(self._load())

    async def _run(self, call: WorkerCall, context: CallContext, collect: RunBatch) -> Encoded:
        tool = self._require_tool(call)
        store = self._session.store
        arguments = {
            # Only media are read from the store.
            name: await asyncio.to_thread(store.decode, value)
            if isinstance(value, dict | list)
            else value
            for name, value in call.arguments.items()
        }
        model = await self._loaded_model()
        threads = self._model_thread
        if model.batched_methods:
            model = cast("Model", BatchedModel(model, self._model_thread, collect))
            threads = self._call_threads
        loop = asyncio.get_running_loop()
        value: Value = await loop.run_in_executor(
            threads, call_tool, tool, [model], arguments, context
        )
        if isinstance(value, Media | list):
            return await asyncio.to_thread(store.encode, value)
        return value

    def _require_tool(self, call: WorkerCall) -> Tool[..., object]:
        tool = self._session.registry[call.tool]
        if tool.version != call.tool_version or self._card.revision != call.model_revision:
            raise ToolError(
                f"the worker has another version of {call.tool!r} or of its model "
                f"{self._card.id!r}",
                hint="install the same Batuta, tools and cards on every node of the cluster",
            )
        return tool

    async def _loaded_model(self) -> Model:
        if self._load_task is None or _has_failed(self._load_task):
            self.preload()
        assert self._load_task
        return await asyncio.shield(self._load_task)

    async def _load(self) -> Model:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._model_thread, self._load_now)

    def _load_now(self) -> Model:
        session, card = self._session, self._card
        session.profile.require_consent(card)
        session.fetch_weights(card, threading.Event())
        return session.loader.load(card.id, session.profile.device_of(card)).model

    def _reporter(self, lines: asyncio.Queue[ProgressLine | None]):
        loop = asyncio.get_running_loop()
        last_time = 0.0

        def report(progress: Progress) -> None:
            nonlocal last_time
            now = time.monotonic()
            if now - last_time < 0.1 and progress.fraction < 1:
                return
            last_time = now
            image = progress.preview
            preview = self._session.store.add(image).digest if image else ""
            line = ProgressLine(
                fraction=progress.fraction, message=progress.message, preview=preview
            )
            loop.call_soon_threadsafe(lines.put_nowait, line)

        return report

    def _watch(self, task: asyncio.Task[Encoded]) -> None:
        """Remember a call that was asked to stop until it has ended."""
        if task.done():
            return
        key = id(task)
        self._stop_times[key] = time.monotonic()
        task.add_done_callback(lambda _: self._stop_times.pop(key))
        task.add_done_callback(_retrieve_exception)


def _has_failed(task: asyncio.Task[Model]) -> bool:
    return task.done() and (task.cancelled() or task.exception() is not None)


def _retrieve_exception(task: asyncio.Task[Encoded]) -> None:
    if not task.cancelled():
        task.exception()
