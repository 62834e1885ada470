"""The lines of a plan on the page, each with its status."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from agent.record.artifacts import Encoded
from agent.record.events import PlanStep


class Standing(StrEnum):
    """The status of a command on its line."""

    WAITING = "waiting"
    LOADING = "loading"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass
class Call:
    """One call of a line; a comprehension has one call per item."""

    path: str
    standing: Standing = Standing.WAITING
    model: str = ""
    reason: str = ""
    fraction: float = 0.0
    message: str = ""
    preview: str = ""
    value: Encoded = None
    shown: str = ""
    seconds: float = 0.0
    cached: bool = False
    error: str = ""
    tried: list[str] = field(default_factory=list[str])


@dataclass
class Line:
    """One command of the plan with its calls so far."""

    step: PlanStep
    depth: int = 0
    """More than 0 for commands nested in another line."""
    calls: dict[str, Call] = field(default_factory=dict[str, Call])

    @property
    def standing(self) -> Standing:
        found = {call.standing for call in self.calls.values()}
        order = (Standing.FAILED, Standing.LOADING, Standing.RUNNING, Standing.SKIPPED)
        return next(
            (standing for standing in order if standing in found),
            Standing.DONE if Standing.DONE in found else Standing.WAITING,
        )

    @property
    def seconds(self) -> float:
        return sum(call.seconds for call in self.calls.values())

    @property
    def fraction(self) -> float:
        """The mean progress of the calls that have started."""
        begun = [1.0 if call.standing is Standing.DONE else call.fraction for call in self._begun()]
        return sum(begun) / len(begun) if begun else 0.0

    @property
    def now(self) -> Call | None:
        """The call to describe: a running one, otherwise the last one."""
        calls = list(self.calls.values())
        running = [each for each in calls if each.standing in (Standing.RUNNING, Standing.LOADING)]
        return (running or calls or [None])[-1]

    def _begun(self) -> list[Call]:
        return [call for call in self.calls.values() if call.standing is not Standing.WAITING]
