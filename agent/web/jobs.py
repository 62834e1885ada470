"""The runs of all visitors: each goes on in a task of its own, whether anybody watches or not.

A page only looks on: it waits for the visitor's bell and shows the views anew. So many runs go at
once; the others wait in line and are told their place.
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
"""Of runs that have ended; others are read from their traces again."""


class Bell:
    """Rings when something has changed; whoever has seen an earlier state wakes up."""

    def __init__(self) -> None:
        self.rung = 0
        self._next = asyncio.Event()

    def ring(self) -> None:
        self.rung += 1
        self._next.set()
        self._next = asyncio.Event()

    async def wait(self, seen: int) -> int:
        """Return once it has rung more often than `seen` times; how often it has."""
        while self.rung == seen:
            await self._next.wait()
        return self.rung


class WaitingLine:
    """A line in which runs wait their turn, `at_once` of them being served."""

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: dict[str, tuple[asyncio.Future[None], Bell]] = {}

    def place(self, run: str) -> int:
        """How many turns it takes until the run's comes; 0 if it does not wait."""
        return list(self._waiting).index(run) + 1 if run in self._waiting else 0

    async def turn(self, run: str, bell: Bell) -> None:
        """Wait for a turn; the bell rings whenever the place in line changes."""
        if self._free:
            self._free -= 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[run] = turn, bell
        bell.ring()
        try:
            await turn
        except asyncio.CancelledError:
            if self._waiting.pop(run, None) is None:  # its turn had come in the same moment
                self.leave()
            else:
                self._tell_of_places()
            raise

    def leave(self) -> None:
        """Give the turn to the next in line."""
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
    """A run that is being worked on."""

    def __init__(self, run: str, view: RunView, bell: Bell) -> None:
        self.run = run
        self.view = view
        self.bell = bell
        self.task: asyncio.Task[None] | None = None


class Running:
    """Begins, stops and picks up runs, and keeps what there is to show of them."""

    def __init__(self, at_once: int, runs: Runs) -> None:
        self._line = WaitingLine(at_once)
        self._runs = runs
        self._going: dict[str, Going] = {}
        self._seen: dict[str, tuple[int, RunView]] = {}
        self._bells: dict[str, Bell] = {}
        self.troubles: dict[str, str] = {}
        """Why a run could not go on as a person wanted, where its trace does not tell."""

    def bell(self, visitor: str) -> Bell:
        return self._bells.setdefault(visitor, Bell())

    def ring_all(self) -> None:
        """Tell every page that something has changed that all of them show."""
        for bell in self._bells.values():
            bell.ring()

    def is_going(self, run: str) -> bool:
        return run in self._going

    def place_in_line(self, run: str) -> int:
        """How many turns it takes until the run's comes; 0 if it does not wait."""
        return self._line.place(run)

    def view(self, run: Run) -> RunView:
        """What there is to show of a run, as it stands."""
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
        """Have a new run worked on; the trace holds it once this returns."""
        first = await anext(events)
        view = RunView()
        view.take(first)
        return self._follow(events, Going(view.id, view, bell))

    def go_on(self, agent: Agent, run: Run, bell: Bell, decision: Decision | None = None) -> Going:
        """Have a run worked on that was interrupted, failed or waits for a decision."""
        view = view_of(run.events())
        view.state = "planning"
        return self._follow(agent.resume(run.id, decision), Going(run.id, view, bell))

    async def ended(self, run: str) -> None:
        """Wait until nothing works on the run any more."""
        going = self._going.get(run)
        if going and going.task:
            await asyncio.wait({going.task})

    async def stop(self, run: str) -> None:
        """Stop a run and wait until it has."""
        going = self._going.get(run)
        if going and going.task:
            going.task.cancel()
            await asyncio.wait({going.task})

    async def close(self) -> None:
        """Let all runs go; the next start picks them up."""
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
            log.exception("run %s could not be followed", going.run)
            self.troubles[going.run] = "something unexpected went wrong; the log has the details"
        finally:
            del self._going[going.run]
            self._seen.pop(going.run, None)
            going.bell.ring()
