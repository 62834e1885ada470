"""Reduce the events of a run to its outcome."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from inspect import isawaitable
from typing import Self

from agent.record.events import (
    AnswerFinished,
    ClientCallsAsked,
    CommandFinished,
    Event,
    NamedValue,
    PlanAccepted,
    ReviewAsked,
    RunFinished,
    RunResumed,
    RunStarted,
)
from agent.record.journal import Runs
from tools.media import Table

EventObserver = Callable[[Event], Awaitable[None] | None]
"""A function or coroutine function that sees the events of a run."""


@dataclass
class RunOutcome:
    """State, answer and results of a run so far."""

    run: str = ""
    conversation: str = ""
    request: str = ""
    state: str = "stopped"
    error: str = ""
    plan: str = ""
    answer: str = ""
    source: str = ""
    """The name of the file whose words are the whole answer, if so."""
    reasons: tuple[str, ...] = ()
    """Why its plan waits for approval that the person did not ask for."""
    results: tuple[NamedValue, ...] = ()
    files: tuple[NamedValue, ...] = ()
    tables: tuple[NamedValue, ...] = ()
    """The tables that got a name, the last one of each name."""
    is_answered: bool = False

    @classmethod
    def of(cls, events: Iterable[Event]) -> Self:
        """Return the outcome of a sequence of events."""
        outcome = cls()
        for event in events:
            outcome.update(event)
        return outcome

    async def consume(
        self, events: AsyncGenerator[Event], observe: EventObserver | None = None
    ) -> Self:
        """Read the events of a run to their end; `observe` sees each one as it happens."""
        async with aclosing(events):
            async for event in events:
                self.update(event)
                if observe and isawaitable(observation := observe(event)):
                    await observation
        return self

    def update(self, event: Event) -> None:
        """Update the outcome with the next event of the run."""
        match event:
            case RunStarted(run=run, conversation=conversation, request=request, files=files):
                self.run, self.conversation, self.request = run, conversation, request
                self.files = tuple(files)
            case RunResumed(run=run):
                self.run = run
            case PlanAccepted(plan=plan):
                self.plan = plan
            case AnswerFinished(text=text, results=results, source=source):
                self.answer, self.results, self.source = text, tuple(results), source
                self.is_answered = True
            case CommandFinished(name=name, value={"kind": Table.kind} as value) if name:
                others = (table for table in self.tables if table.name != name)
                self.tables = (*others, NamedValue(name, value))
            case ReviewAsked(plan=plan, estimate=estimate):
                self.state, self.plan = "waiting", plan
                self.reasons = tuple(estimate.reasons) if estimate else ()
            case ClientCallsAsked():
                self.state = "waiting"
            case RunFinished(state=state, error=error):
                self.state, self.error = state, error
            case _:
                pass

    @property
    def answer_text(self) -> str:
        """The answer without the names of its results."""
        text = self.answer
        for result in self.results:
            text = text.replace(f"[{result.name}]", "")
        return text.strip()


def answered_runs(runs: Runs, run_ids: Sequence[str]) -> Iterator[RunOutcome]:
    """Yield what runs of a conversation came to, the latest first, if they were answered."""
    for run_id in reversed(run_ids):
        outcome = RunOutcome.of(runs.get(run_id).events())
        if outcome.is_answered:
            yield outcome


def answer_segments(text: str, results: Sequence[NamedValue]) -> Iterator[str | NamedValue]:
    """Yield the text of an answer, with results where it names them."""
    result_of_name = {f"[{result.name}]": result for result in results}
    names = "|".join(re.escape(name) for name in sorted(result_of_name, key=len, reverse=True))
    for part in re.split(f"({names})", text) if names else [text]:
        if part in result_of_name:
            yield result_of_name[part]
        elif part.strip():
            yield part.strip()
