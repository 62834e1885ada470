"""Limits on what each visitor or client of a server may use, as settings with defaults."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Self

from agent.web.uploads import UploadLimits
from tools.errors import InputError


@dataclass(frozen=True)
class UsageLimits:
    """Limits of one server; all but `runs_at_once` apply to each visitor or client."""

    runs_at_once: int = 4
    """Runs of all visitors that execute at once; one visitor gets half of them at most."""
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
        """Return the defaults changed by settings such as `runs_waiting=20`."""
        names = [field.name for field in fields(cls) if field.name != "uploads"]
        changes: dict[str, int] = {}
        for setting in settings:
            name, _, value = setting.partition("=")
            if name not in names or not value.isascii() or not value.isdigit() or int(value) < 1:
                raise InputError(
                    f"{setting!r} is not a limit; allowed are NAME=NUMBER with the names "
                    f"{', '.join(names)}",
                    hint="for example: --limit runs_waiting=20 --limit stored_bytes=1000000000",
                )
            changes[name] = int(value)
        return replace(cls(), **changes)
