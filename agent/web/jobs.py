"""The job queue: all visitors' runs, each in its own task.

A page only observes: it waits for the visitor's change signal and renders the views again. A
limited number of runs execute concurrently; the others wait in a queue and show their position.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing

from agent.record.events import Event, RunFinished
from agent.record.journal import Run, Runs
from agent.runtime.agent import Agent, Decision
from agent.web.view.run_view import RunView, view_of
from tools.errors import BatutaError

log = logging.getLogger(__name__)

KEPT_VIEWS = 300
"""Number of cached views of finished runs; others are read from their traces again."""


class Bell:
    """A version counter that wakes waiting tasks when it increments."""

    def __init__(self) -> None:
        self.rung = 0
        self._next = asyncio.Event()

    def ring(self) -> None:
        self.rung += 1
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self, seen: int) -> int:
        """Wait for a version other than the last seen and return it."""
        while self.rung == seen:
            await self._next.wait()
        return self.rung


class WaitingLine:
    """A first-come-first-served queue that admits a limited number of runs."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: dict[str, tuple[asyncio.Future[None], Bell]] = {}

    def place(self, run: str) -> int:
        """Return the run's position in the queue, or 0 if not waiting."""
        return list(self._waiting).index(run) + 1 if run in self._waiting else 0

    async def turn(self, run: str, bell: Bell) -> None:
        """Wait for a slot; notify the signal whenever the queue position changes."""
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[run] = turn, bell
        bell.ring()
        try:
            await turn
        except asyncio.CancelledError:
            if self._waiting.pop(run, None) is None:  # it got its slot at the same moment
                self.leave()
            else:
                self._tell_of_places()
            raise

    def leave(self) -> None:
        """Free a slot or pass it to the next queued run."""
        if not self._waiting:
            self._free += 1
            return
        turn, _ = self._waiting.pop(next(iter(self._waiting)))
        turn.set_result(None)
        self._tell_of_places()

    def _tell_of_places(self) -> None:
        for _, bell in self._waiting.values():
            bell.ring()


class Going:
    """A run in progress."""

    def __init__(self, run: str, view: RunView, bell: Bell) -> None:
        self.run = run
        self.view = view
        self.bell = bell
        self.task: asyncio.Task[None] | None = None


class Running:
    """Start, resume and stop runs, and cache the views of them."""

    def __init__(self, at_once: int, runs: Runs) -> None:
        self._line = WaitingLine(at_once)
        self._runs = runs
        self._going: dict[str, Going] = {}
        self._seen: dict[str, tuple[int, RunView]] = {}
        self._bells: dict[str, Bell] = {}
        self.troubles: dict[str, str] = {}
        """Errors by run that the run's trace does not record."""

    def bell(self, visitor: str) -> Bell:
        return self._bells.setdefault(visitor, Bell())

    def ring_all(self) -> None:
        """Notify every page of a change that all of them show."""
        for bell in self._bells.values():
            bell.ring()

    def is_going(self, run: str) -> bool:
        return run in self._going

    def place_in_line(self, run: str) -> int:
        """Return the run's position in the queue, or 0 if not waiting."""
        return self._line.place(run)

    def view(self, run: Run) -> RunView:
        """Return the current view of a run."""
        if going := self._going.get(run.id):
            return going.view
        size = run.trace.stat().st_size if run.trace.exists() else 0
        known = self._seen.get(run.id)
        if known is None or known[0] != size:
            known = size, view_of(run.events())
            if not known[1].ended and known[1].state != "waiting":
                known[1].take(RunFinished("stopped"))
            self._seen[run.id] = known
            while len(self._seen) > KEPT_VIEWS:
                del self._seen[next(iter(self._seen))]
        return known[1]

    async def begin(self, events: AsyncGenerator[Event], bell: Bell) -> Going:
        """Start a new run; its trace exists once this returns."""
        first = await anext(events)
        view = RunView()
        view.take(first)
        return self._follow(events, Going(view.id, view, bell))

    def go_on(self, agent: Agent, run: Run, bell: Bell, decision: Decision | None = None) -> Going:
        """Resume a run that was interrupted, failed or waits for a decision."""
        view = view_of(run.events())
        view.state = "planning"
        return self._follow(agent.resume(run.id, decision), Going(run.id, view, bell))

    async def ended(self, run: str) -> None:
        """Wait until the run's job ends."""
        going = self._going.get(run)
        if going and going.task:
            await asyncio.wait({going.task})

    async def stop(self, run: str) -> None:
        """Stop a run and wait until it has stopped."""
        going = self._going.get(run)
        if going and going.task:
            going.task.cancel()
            await asyncio.wait({going.task})

    async def close(self) -> None:
        """Cancel all jobs; the next start of the server resumes the runs."""
        tasks = [going.task for going in self._going.values() if going.task]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _follow(self, events: AsyncGenerator[Event], going: Going) -> Going:
        self._going[going.run] = going
        self.troubles.pop(going.run, None)
        going.task = asyncio.create_task(self._work(events, going))
        going.bell.ring()
        return going

    async def _work(self, events: AsyncGenerator[Event], going: Going) -> None:
        try:
            async with aclosing(events):
                await self._line.turn(going.run, going.bell)
                try:
                    with Run(self._runs.folder / going.run).crash_counted():
                        async for event in events:
                            going.view.take(event)
                            going.bell.ring()
                finally:
                    self._line.leave()
        except asyncio.CancelledError:
            going.view.take(RunFinished("stopped"))
        except BatutaError as error:
            self.troubles[going.run] = str(error)
        except Exception:
            log.exception("run %s failed unexpectedly", going.run)
            self.troubles[going.run] = "something unexpected went wrong; the log has the details"
        finally:
            del self._going[going.run]
            self._seen.pop(going.run, None)
            going.bell.ring()
