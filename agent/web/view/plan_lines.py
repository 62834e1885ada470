"""The lines of a plan on the page, each with its status."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from agent.record.artifacts import Encoded
from agent.record.events import PlanStep


class CommandStatus(StrEnum):
    """The status of a command on its line."""

    WAITING = "waiting"
    LOADING = "loading"
    RUNNING = "running"
    FINISHED = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass
class CallView:
    """One call of a line; a comprehension has one call per item."""

    path: str
    status: CommandStatus = CommandStatus.WAITING
    model: str = ""
    reason: str = ""
    fraction: float = 0.0
    message: str = ""
    preview: str = ""
    value: Encoded = None
    result_text: str = ""
    seconds: float = 0.0
    cached: bool = False
    error: str = ""
    page_hint: str = ""
    retries: list[str] = field(default_factory=list[str])


@dataclass
class LineView:
    """One command of the plan with its calls so far."""

    step: PlanStep
    depth: int = 0
    """More than 0 for commands nested in another line."""
    calls: dict[str, CallView] = field(default_factory=dict[str, CallView])

    @property
    def is_optional(self) -> bool:
        """Whether it is a step of a named plan that has not run."""
        return "/" in self.step.path and self.status is CommandStatus.WAITING

    @property
    def status(self) -> CommandStatus:
        statuses = {call.status for call in self.calls.values()}
        order = (
            CommandStatus.FAILED,
            CommandStatus.LOADING,
            CommandStatus.RUNNING,
            CommandStatus.SKIPPED,
        )
        return next(
            (status for status in order if status in statuses),
            CommandStatus.FINISHED if CommandStatus.FINISHED in statuses else CommandStatus.WAITING,
        )

    @property
    def seconds(self) -> float:
        return sum(call.seconds for call in self.calls.values())

    @property
    def fraction(self) -> float:
        """The mean progress of the calls that have started."""
        fractions = [
            1.0 if call.status is CommandStatus.FINISHED else call.fraction
            for call in self._started_calls()
        ]
        return sum(fractions) / len(fractions) if fractions else 0.0

    @property
    def current_call(self) -> CallView | None:
        """The call to describe: a running one, otherwise the last one."""
        calls = list(self.calls.values())
        running = [
            call for call in calls if call.status in (CommandStatus.RUNNING, CommandStatus.LOADING)
        ]
        return (running or calls or [None])[-1]

    def _started_calls(self) -> list[CallView]:
        return [call for call in self.calls.values() if call.status is not CommandStatus.WAITING]
