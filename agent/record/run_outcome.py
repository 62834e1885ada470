"""Reduce the events of a run to its outcome."""

from __future__ import annotations

from dataclasses import dataclass

from agent.record.events import (
    Answered,
    Event,
    NamedValue,
    ReviewAsked,
    RunFinished,
    RunResumed,
    RunStarted,
)


@dataclass
class RunOutcome:
    """State, answer and results of a run so far."""

    run: str = ""
    request: str = ""
    state: str = "stopped"
    error: str = ""
    answer: str = ""
    source: str = ""
    """The name of the file whose words are the whole answer, if so."""
    results: tuple[NamedValue, ...] = ()

    def update(self, event: Event) -> None:
        """Update the outcome with the next event of the run."""
        match event:
            case RunStarted(run=run, request=request):
                self.run, self.request = run, request
            case RunResumed(run=run):
                self.run = run
            case Answered(text=text, results=results, source=source):
                self.answer, self.results, self.source = text, tuple(results), source
            case ReviewAsked():
                self.state = "waiting"
            case RunFinished(state=state, error=error):
                self.state, self.error = state, error
            case _:
                pass
