"""Measured quality and cost of a profile's tools: read, write and format."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from evals.quality.quality_measures import Quality

BUSY_LOAD = 1.0
"""Load average above which the timings count as measured beside other work."""

MIN_SHOWN_S = 0.001
"""Shorter times are shown as less than this."""


@dataclass(frozen=True)
class Row:
    """Cost and quality of one model ("" for none) for one tool."""

    tool: str
    model: str
    load_s: float | None
    first_s: float | None
    later_s: float | None
    peak_bytes: int
    quality: tuple[Quality, ...]

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Row:
        return cls(**{**data, "quality": tuple(Quality(*fields) for fields in data["quality"])})

    @property
    def costs(self) -> tuple[str, ...]:
        """Seconds to load, for two calls, and peak megabytes."""
        return (
            _format_seconds(self.load_s),
            _format_seconds(self.first_s),
            _format_seconds(self.later_s),
            f"{self.peak_bytes / 1e6:.0f}",
        )


@dataclass(frozen=True)
class Results:
    """All rows of a profile, and the load of the machine."""

    profile: str
    cores: int
    load: float
    rows: tuple[Row, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Results | None:
        """Read the results from a file; None if it does not exist."""
        if not path.exists():
            return None
        data = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**data, "rows": tuple(map(Row.read, data["rows"]))})

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    def with_rows(self, rows: Iterable[Row]) -> Results:
        """Return sorted results in which these rows replace older ones."""
        by_key = {(row.tool, row.model): row for row in (*self.rows, *rows)}
        return replace(self, rows=tuple(by_key[key] for key in sorted(by_key)))

    def of(self, tool: str) -> tuple[Row, ...]:
        """Return the rows of one tool."""
        return tuple(row for row in self.rows if row.tool == tool)

    @property
    def note(self) -> str:
        """The profile, the cores and the load of the measurement."""
        load_note = f", beside other work (load {self.load:.1f})" if self.load > BUSY_LOAD else ""
        return f"profile {self.profile}, {self.cores} CPU cores{load_note}"


def _format_seconds(seconds: float | None) -> str:
    """Format seconds for the table; None becomes an empty string."""
    if seconds is None:
        return ""
    if seconds < MIN_SHOWN_S:
        return f"< {MIN_SHOWN_S}"
    return f"{seconds:.1f}" if seconds >= 0.95 else f"{seconds:.2g}"
