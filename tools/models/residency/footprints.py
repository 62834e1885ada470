"""How much memory a model takes and how long it loads: measured once, remembered between starts.

A process holds more than models, and its other threads move the numbers too: on a CPU, whose
resident set is all one can see, most of all. So a measurement is kept between bounds that the
loader gives.
"""

from __future__ import annotations

import contextlib
import math
import os
from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from tools.atomic_write import write_whole

_STATM = Path("/proc/self/statm")


class Footprint(BaseModel, frozen=True):
    """What one model took on one device."""

    model: str
    dtype: str
    device: str
    bytes: int
    load_s: float


_Rows = TypeAdapter(list[Footprint])


class Footprints:
    """The footprints seen so far, by model, dtype and device; kept in `path` if there is one.

    The file only sharpens first guesses: one that is missing, damaged or not writable costs a
    measurement, never a run.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._rows = {_key(row): row for row in _read(path)} if path else {}

    def recall(self, model: str, dtype: str, device: str) -> Footprint | None:
        return self._rows.get((model, dtype, device))

    def load_seconds(self, model: str, device: str) -> float | None:
        """How long the model took to load there, in whichever dtype; None if it never did."""
        rows = (row for row in self._rows.values() if (row.model, row.device) == (model, device))
        return next((row.load_s for row in rows), None)

    def remember(self, footprint: Footprint) -> None:
        self._rows[_key(footprint)] = footprint
        if not self._path:
            return
        # Another process may have measured other models since this one started.
        rows = {_key(row): row for row in [*_read(self._path), footprint]}
        with contextlib.suppress(OSError):
            write_whole(self._path, _Rows.dump_json(list(rows.values()), indent=1))


def memory_in_use(device: str) -> int | None:
    """The bytes this process holds on the device; None where nothing can tell."""
    if device.startswith("cuda"):
        import torch

        return torch.cuda.memory_allocated(device)
    if device == "cpu" and _STATM.exists():
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return None


def bytes_taken(
    device: str, before: int | None, *, at_least: int, at_most: float = math.inf
) -> int:
    """What a load has taken on the device since `before = memory_in_use(device)`.

    `at_least` are the weight files: an allocator that reuses pages it had kept, or a file mapped
    but not yet read, hides what the model will hold. `at_most` is what they can grow to: a library
    that this load was the first to import, or a call at work beside it, is not the model's.
    """
    now = memory_in_use(device)
    if now is None or before is None:
        return at_least
    return round(max(at_least, min(now - before, at_most)))


def _key(row: Footprint) -> tuple[str, str, str]:
    return row.model, row.dtype, row.device


def _read(path: Path) -> list[Footprint]:
    try:
        return _Rows.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return []
