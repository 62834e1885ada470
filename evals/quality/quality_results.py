"""What was measured of the tools of a profile, as a file keeps it and as a person reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from evals.quality.quality_measures import Quality

BUSY = 1.0
"""From this load on, in programs that want a core, seconds were measured beside other work."""

SHORTEST_S = 0.001
"""Below this nobody waits."""


@dataclass(frozen=True)
class Row:
    """What one model takes for one tool, and how good it is; "" for a tool that needs no model."""

    tool: str
    model: str
    load_s: float | None
    first_s: float | None
    later_s: float | None
    peak_bytes: int
    quality: tuple[Quality, ...]

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> Row:
        return cls(**{**told, "quality": tuple(Quality(*each) for each in told["quality"])})

    @property
    def costs(self) -> tuple[str, ...]:
        """Seconds to load, of the first and of a later call, and the megabytes at most."""
        return (
            _short(self.load_s),
            _short(self.first_s),
            _short(self.later_s),
            f"{self.peak_bytes / 1e6:.0f}",
        )


@dataclass(frozen=True)
class Results:
    """All rows of a profile, and how busy the machine was."""

    profile: str
    cores: int
    load: float
    rows: tuple[Row, ...] = ()

    @classmethod
    def read(cls, path: Path) -> Results | None:
        """What was last written there; None if nothing was."""
        if not path.exists():
            return None
        told = json.loads(path.read_text(encoding="utf-8"))
        return cls(**{**told, "rows": tuple(map(Row.read, told["rows"]))})

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")

    def with_rows(self, rows: Iterable[Row]) -> Results:
        """These and the earlier ones, a newer row in the place of the older, in order."""
        every = {(row.tool, row.model): row for row in (*self.rows, *rows)}
        return replace(self, rows=tuple(every[key] for key in sorted(every)))

    def of(self, tool: str) -> tuple[Row, ...]:
        """The rows of one tool."""
        return tuple(row for row in self.rows if row.tool == tool)

    @property
    def note(self) -> str:
        """How the seconds were measured."""
        beside = f", beside other work (load {self.load:.1f})" if self.load > BUSY else ""
        return f"profile {self.profile}, {self.cores} CPU cores{beside}"


def _short(seconds: float | None) -> str:
    """Blank where there is nothing to load, or the machine was too busy to tell."""
    if seconds is None:
        return ""
    if seconds < SHORTEST_S:
        return f"< {SHORTEST_S}"
    return f"{seconds:.1f}" if seconds >= 0.95 else f"{seconds:.2g}"
