"""Limits on what the visitors of one server may use, as settings with defaults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Self

from agent.web.store.visitor_usage import VisitorUsage
from agent.web.uploads import UploadLimits
from tools.errors import InputError


@dataclass(frozen=True)
class ChatLimits:
    """Limits of one server; all but `runs_at_once` apply to each visitor."""

    runs_at_once: int = 4
    """Runs of all visitors that execute at once; one visitor gets half of them at most."""
    pages: int = 10
    """Open pages; the oldest of more are paused."""
    runs_waiting: int = 6
    """Requests that run or wait."""
    stored_bytes: int = 5_000_000_000
    """Bytes of uploads and results in 24 hours."""
    compute_seconds: int = 4 * 3_600
    """Seconds in which runs executed, and files were opened, in 24 hours."""
    request_characters: int = 4_000
    uploads: UploadLimits = field(default_factory=UploadLimits)

    @classmethod
    def parse(cls, settings: Sequence[str]) -> Self:
        """Return the defaults changed by settings such as `pages=20`."""
        names = [field.name for field in fields(cls) if field.name != "uploads"]
        changes: dict[str, int] = {}
        for setting in settings:
            name, _, value = setting.partition("=")
            if name not in names or not value.isascii() or not value.isdigit() or int(value) < 1:
                raise InputError(
                    f"{setting!r} is not a limit; allowed are NAME=NUMBER with the names "
                    f"{', '.join(names)}",
                    hint="for example: --limit pages=20 --limit stored_bytes=1000000000",
                )
            changes[name] = int(value)
        return replace(cls(), **changes)

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
