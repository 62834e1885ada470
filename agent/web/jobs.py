"""The job queue: all visitors' runs, each in its own task.

A page only observes: it waits for the visitor's change signal and renders the views again. A
limited number of runs execute concurrently; the others wait in a queue and show their position.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from agent.record.events import Event, RunFinished, RunObserver
from agent.record.journal import Run, Runs
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime, Decision
from agent.runtime.client_tools import ClientResults
from agent.web.view.run_view import RunView, view_of
from tools.errors import BatutaError

log = logging.getLogger(__name__)

_POSITION_INTERVAL_S = 1.0
"""Time between two notices of queue positions, each of which renders all waiting pages again."""
MAX_CACHED_VIEWS = 300
"""Number of cached views of finished runs; others are read from their traces again."""


class ChangeSignal:
    """A version counter that wakes waiting tasks when it increments."""

    def __init__(self) -> None:
        self.version = 0
        self._event = asyncio.Event()

    def notify(self) -> None:
        self.version += 1
        self._event.set()
        self._event = asyncio.Event()

    async def wait(self, last_version: int) -> int:
        """Wait for a version other than the last seen and return it."""
        while self.version == last_version:
            await self._event.wait()
        return self.version


class JobQueue:
    """A queue that admits a limited number of runs, first come, first served.

    One visitor's runs, those with the same change signal, get half of the slots at most, or
    `slots_if_alone` while no other visitor has a run.
    """

    def __init__(self, concurrency: int, slots_if_alone: int = 0) -> None:
        self._free = concurrency
        self._per_visitor = max(1, concurrency // 2)
        self._slots_if_alone = slots_if_alone or self._per_visitor
        self._admitted: dict[str, ChangeSignal] = {}
        self._waiting: dict[str, tuple[asyncio.Future[None], ChangeSignal]] = {}
        self._paused = False
        self._notice: asyncio.TimerHandle | None = None

    def position(self, run: str) -> int:
        """Return the run's position in the queue, or 0 if not waiting."""
        return list(self._waiting).index(run) + 1 if run in self._waiting else 0

    async def acquire(self, run: str, signal: ChangeSignal) -> None:
        """Wait for a slot; notify the signal whenever the queue position changes."""
        slot: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[run] = slot, signal
        self._admit()
        if slot.done():
            return
        signal.notify()
        try:
            await slot
        except asyncio.CancelledError:
            if self._waiting.pop(run, None) is None:  # it got its slot at the same moment
                self.release(run)
            else:
                self._notify_waiting_soon()
            raise

    def release(self, run: str) -> None:
        """Free the slot of a run, for the next queued run."""
        del self._admitted[run]
        self._free += 1
        self._admit()

    def pause(self) -> None:
        """Admit no run until `resume`."""
        self._paused = True

    def resume(self) -> None:
        """Admit runs again."""
        self._paused = False
        self._admit()

    def _admit(self) -> None:
        """Give the free slots to waiting runs."""
        waiting = len(self._waiting)
        for run, (slot, signal) in list(self._waiting.items()):
            if self._paused or not self._free:
                break
            if sum(other is signal for other in self._admitted.values()) >= self._limit(signal):
                continue
            del self._waiting[run]
            self._free -= 1
            self._admitted[run] = signal
            slot.set_result(None)
        if len(self._waiting) < waiting:
            self._notify_waiting_soon()

    def _limit(self, signal: ChangeSignal) -> int:
        """Return how many slots the runs with this signal may have."""
        others = [*self._admitted.values(), *(other for _, other in self._waiting.values())]
        is_alone = all(other is signal for other in others)
        return self._slots_if_alone if is_alone else self._per_visitor

    def _notify_waiting_soon(self) -> None:
        """Notify all waiting runs of their positions, once for all changes of a second."""
        if self._notice is None and self._waiting:
            loop = asyncio.get_running_loop()
            self._notice = loop.call_later(_POSITION_INTERVAL_S, self._notify_waiting)

    def _notify_waiting(self) -> None:
        self._notice = None
        for _, signal in self._waiting.values():
            signal.notify()


class Job:
    """A run in progress."""

    def __init__(
        self,
        run: str,
        view: RunView,
        signal: ChangeSignal,
        on_end: OnEnd | None = None,
        *,
        alone: bool = False,
    ) -> None:
        self.run = run
        self.view = view
        self.signal = signal
        self.on_end = on_end
        self.alone = alone
        """Whether it runs without a slot, while the queue is paused."""
        self.task: asyncio.Task[None] | None = None


OnEnd = Callable[[RunView, float], None]
"""Called with the view of a job's run and the seconds that it executed."""


class JobRunner:
    """Start, resume and stop runs, and cache the views of them."""

    def __init__(self, concurrency: int, runs: Runs, slots_if_alone: int = 0) -> None:
        self._queue = JobQueue(concurrency, slots_if_alone)
        self._runs = runs
        self._jobs: dict[str, Job] = {}
        self._cached_views: dict[str, tuple[int, RunView]] = {}
        self._signals: dict[str, ChangeSignal] = {}
        self.errors: dict[str, str] = {}
        """Errors by run that the run's trace does not record."""
        self.observers: list[RunObserver] = []

    def signal(self, visitor: str) -> ChangeSignal:
        return self._signals.setdefault(visitor, ChangeSignal())

    def count(self, signal: ChangeSignal) -> int:
        """Return how many runs with this signal run or wait."""
        return sum(job.signal is signal for job in self._jobs.values())

    def pause(self) -> None:
        """Start no queued run until `unpause`."""
        self._queue.pause()

    def unpause(self) -> None:
        """Start queued runs again."""
        self._queue.resume()

    def notify_all(self) -> None:
        """Notify every page of a change that all of them show."""
        for signal in self._signals.values():
            signal.notify()

    def is_running(self, run: str) -> bool:
        return run in self._jobs

    def queue_position(self, run: str) -> int:
        """Return the run's position in the queue, or 0 if not waiting."""
        return self._queue.position(run)

    def view(self, run: Run) -> RunView:
        """Return the current view of a run."""
        if job := self._jobs.get(run.id):
            return job.view
        size = run.trace_size()
        entry = self._cached_views.get(run.id)
        if entry is None or entry[0] != size:
            entry = size, view_of(run.events())
            if not entry[1].is_finished and entry[1].state != "waiting":
                if run.is_locked():  # another front process executes it
                    return entry[1]
                entry[1].apply(RunFinished("stopped"))
            self._cached_views[run.id] = entry
            while len(self._cached_views) > MAX_CACHED_VIEWS:
                del self._cached_views[next(iter(self._cached_views))]
        return entry[1]

    async def start(
        self, events: AsyncGenerator[Event], signal: ChangeSignal, on_end: OnEnd | None = None
    ) -> Job:
        """Start a new run; its trace exists once this returns."""
        first = await anext(events)
        view = RunView()
        view.apply(first)
        return self._start_job(events, Job(view.id, view, signal, on_end))

    def resume(
        self,
        agent: AgentRuntime,
        run: Run,
        signal: ChangeSignal,
        decision: Decision | None = None,
        *,
        client_results: ClientResults | None = None,
        on_end: OnEnd | None = None,
        alone: bool = False,
    ) -> Job:
        """Resume a run that was interrupted, failed or waits for a decision."""
        view = view_of(run.events())
        view.state = "planning"
        job = Job(run.id, view, signal, on_end, alone=alone)
        return self._start_job(agent.resume(run.id, decision, client_results), job)

    async def wait_until_finished(self, run: str, timeout_s: float | None = None) -> None:
        """Wait until the run's job ends, or the time is over."""
        job = self._jobs.get(run)
        if job and job.task:
            await asyncio.wait({job.task}, timeout=timeout_s)

    async def stop(self, run: str) -> None:
        """Stop a run and wait until it has stopped."""
        job = self._jobs.get(run)
        if job and job.task:
            job.task.cancel()
            await asyncio.wait({job.task})

    async def close(self) -> None:
        """Cancel all jobs; the next start of the server resumes the runs."""
        tasks = [job.task for job in self._jobs.values() if job.task]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _start_job(self, events: AsyncGenerator[Event], job: Job) -> Job:
        self._jobs[job.run] = job
        self.errors.pop(job.run, None)
        job.task = asyncio.create_task(self._run_job(events, job))
        job.signal.notify()
        return job

    async def _run_job(self, events: AsyncGenerator[Event], job: Job) -> None:
        def observe(event: Event) -> None:
            job.view.apply(event)
            for observer in self.observers:
                observer.on_event(job.run, event)
            job.signal.notify()

        try:
            async with aclosing(events):
                if not job.alone:
                    await self._queue.acquire(job.run, job.signal)
                start_time = time.monotonic()
                try:
                    with self._runs.get(job.run).count_crash():
                        await RunOutcome().consume(events, observe)
                finally:
                    if not job.alone:
                        self._queue.release(job.run)
                    if job.on_end:
                        job.on_end(job.view, time.monotonic() - start_time)
        except asyncio.CancelledError:
            job.view.apply(RunFinished("stopped"))
        except BatutaError as error:
            self.errors[job.run] = str(error)
        except Exception:
            log.exception("run %s failed unexpectedly", job.run)
            self.errors[job.run] = "something unexpected went wrong; the log has the details"
        finally:
            del self._jobs[job.run]
            self._cached_views.pop(job.run, None)
            for observer in self.observers:
                observer.on_end(job.run)
            job.signal.notify()
