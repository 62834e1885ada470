"""Limits on what each visitor of the chat may use, with a sentence at each."""

from __future__ import annotations

from dataclasses import dataclass

from agent.web.store.visitor_usage import VisitorUsage
from agent.web.usage_limits import UsageLimits
from tools.errors import InputError


@dataclass(frozen=True)
class ChatLimits(UsageLimits):
    """Limits of one chat; all but `runs_at_once` apply to each visitor."""

    pages: int = 10
    """Open pages; the oldest of more are paused."""

    def check_storage(self, usage: VisitorUsage) -> None:
        """Raise InputError if the visitor has stored too many bytes."""
        if usage.stored_bytes() >= self.stored_bytes:
            raise InputError(
                f"your files and results of the last 24 hours have "
                f"{_megabytes(usage.stored_bytes())}; {_megabytes(self.stored_bytes)} are allowed",
                hint="try again in a few hours",
            )

    def check_compute(self, usage: VisitorUsage) -> None:
        """Raise InputError if the visitor has used too much compute."""
        if usage.compute_seconds() >= self.compute_seconds:
            raise InputError(
                f"your requests of the last 24 hours took {usage.compute_seconds() / 60:,.0f} "
                f"minutes; {self.compute_seconds / 60:,.0f} are allowed",
                hint="try again in a few hours",
            )

    def check_runs(self, runs: int) -> None:
        """Raise InputError if the visitor has too many runs that have not ended."""
        if runs >= self.runs_waiting:
            raise InputError(
                f"{runs} of your requests are running or waiting; {self.runs_waiting} are allowed",
                hint="wait until one is done, or stop one",
            )


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:,.0f} MB"
