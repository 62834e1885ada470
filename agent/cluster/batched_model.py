"""Batch what several calls ask of a model, and run everything else one after another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from typing import Any

from tools.sdk.model import Model


@dataclass(frozen=True)
class BatchItems:
    """The items that one call passes to a batched method of a model."""

    method: str
    items: Sequence[Any]

    @property
    def size(self) -> int:
        """The number of items, by which batches are limited."""
        return len(self.items)


@dataclass(frozen=True)
class BatchRows:
    """The rows of a model for the items of one call, or why there are none."""

    rows: Sequence[Any] = ()
    error: BaseException | None = None


RunBatch = Callable[[BatchItems], Coroutine[Any, Any, BatchRows]]
"""Adds the items of one call to a batch and returns their rows."""


class BatchedModel:
    """Stands for a model in tools that run at once, each in a thread of its own.

    The methods that an adapter names in `batched_methods` are collected by `run_batch`. All others
    run in the thread of the model, one after another: most models are not safe to share.
    """

    def __init__(self, model: Model, thread: ThreadPoolExecutor, run_batch: RunBatch) -> None:
        self._model = model
        self._thread = thread
        self._run_batch = run_batch
        self._loop = asyncio.get_running_loop()

    @property
    def __class__(self) -> type:  # pyright: ignore[reportIncompatibleMethodOverride]
        # So isinstance answers as for the model.
        return type(self._model)

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._model, name)
        if not callable(attribute):
            return attribute
        if name in self._model.batched_methods:
            return partial(self._in_batch, name)
        return partial(self._alone, attribute)

    def _in_batch(self, name: str, items: Sequence[Any]) -> Sequence[Any]:
        batch = self._run_batch(BatchItems(name, items))
        outcome = asyncio.run_coroutine_threadsafe(batch, self._loop).result()
        if outcome.error:
            raise outcome.error
        return outcome.rows

    def _alone(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        run = copy_context().run  # progress and stop belong to this call
        return self._thread.submit(run, function, *args, **kwargs).result()


def run_batch(model: Model, batch: Sequence[BatchItems]) -> list[BatchRows]:
    """Run a batch on the model; one bad item fails its own call only."""
    rows: list[BatchRows] = [BatchRows()] * len(batch)
    for method in dict.fromkeys(part.method for part in batch):
        indices = [index for index, part in enumerate(batch) if part.method == method]
        function = getattr(model, method)
        parts = [batch[index].items for index in indices]
        for index, outcome in zip(indices, _rows_of(function, parts), strict=True):
            rows[index] = outcome
    return rows


def _rows_of(
    function: Callable[[Sequence[Any]], Sequence[Any]], parts: Sequence[Sequence[Any]]
) -> list[BatchRows]:
    items = [item for part in parts for item in part]
    try:
        rows = function(items)
    except Exception as error:  # noqa: BLE001
        if len(parts) == 1:
            return [BatchRows(error=error)]
        return [outcome for part in parts for outcome in _rows_of(function, [part])]
    outcomes: list[BatchRows] = []
    start = 0
    for part in parts:
        outcomes.append(BatchRows(rows[start : start + len(part)]))
        start += len(part)
    return outcomes
