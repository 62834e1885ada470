"""One thread per device, which loads and unloads the models of that device."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from tools.models.residency.loader import Loader, LoadResult
from tools.sdk.model import Model


class DeviceThreads:
    """Loads and unloads in the order of calls, so that the memory of a load can be measured."""

    def __init__(self, loader: Loader, devices: Iterable[str], clock: Callable[[], float]) -> None:
        self._loader = loader
        self._clock = clock
        self._threads = {device: ThreadPoolExecutor(1, f"models on {device}") for device in devices}

    def load(self, model_id: str, device: str) -> asyncio.Future[tuple[LoadResult, float]]:
        """Load a model; the future has the result and the seconds."""
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._threads[device], self._timed_load, model_id, device)

    def unload(self, model: Model, device: str) -> asyncio.Future[None]:
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._threads[device], self._loader.unload, model)

    def shutdown(self) -> None:
        """Wait until all queued loads and unloads are done, and end the threads."""
        for thread in self._threads.values():
            thread.shutdown()

    def _timed_load(self, model_id: str, device: str) -> tuple[LoadResult, float]:
        started = self._clock()
        loaded = self._loader.load(model_id, device)
        return loaded, self._clock() - started
