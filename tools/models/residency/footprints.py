"""Model footprints: memory and load time, measured once and kept between starts.

A process holds more than models, and its other threads change the numbers too, most of all on a
CPU, where only the resident set can be measured. So the loader gives bounds for each measurement.
"""

from __future__ import annotations

import contextlib
import math
from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from tools.atomic_write import write_atomically
from tools.models.accelerators import CPU, allocated_bytes
from tools.operating_system import resident_bytes


class Footprint(BaseModel, frozen=True):
    """The measured memory and load time of one model on one device."""

    model: str
    dtype: str
    device: str
    bytes: int
    load_s: float


_Rows = TypeAdapter(list[Footprint])


class Footprints:
    """The measured footprints by model, dtype and device; stored in `path` if there is one.

    The file only improves estimates: one that is missing, damaged or not writable costs a
    measurement, never a run.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._rows = {_key(row): row for row in _read_footprints(path)} if path else {}

    def recall(self, model: str, dtype: str, device: str) -> Footprint | None:
        return self._rows.get((model, dtype, device))

    def load_seconds(self, model: str, device: str) -> float | None:
        """Return the load time of a model on a device, in any dtype; None if unknown."""
        rows = (row for row in self._rows.values() if (row.model, row.device) == (model, device))
        return next((row.load_s for row in rows), None)

    def remember(self, footprint: Footprint) -> None:
        self._rows[_key(footprint)] = footprint
        if not self._path:
            return
        # Another process may have measured other models since this one started.
        rows = {_key(row): row for row in [*_read_footprints(self._path), footprint]}
        with contextlib.suppress(OSError):
            write_atomically(self._path, _Rows.dump_json(list(rows.values()), indent=1))


def memory_in_use(device: str) -> int | None:
    """Return the bytes this process holds on the device; None where it cannot be measured."""
    return resident_bytes() if device == CPU else allocated_bytes(device)


def measure_bytes(
    device: str, before: int | None, *, minimum: int, maximum: float = math.inf
) -> int:
    """Return the memory used by a load since `before = memory_in_use(device)`, within bounds.

    `minimum` is the size of the weight files: an allocator that reuses its cached pages, or a file
    mapped but not yet read, hides memory that the model will use. `maximum` is the size they can
    grow to: memory of a newly imported library or of a concurrent call is not the model's.
    """
    now = memory_in_use(device)
    if now is None or before is None:
        return minimum
    return round(max(minimum, min(now - before, maximum)))


def _key(row: Footprint) -> tuple[str, str, str]:
    return row.model, row.dtype, row.device


def _read_footprints(path: Path) -> list[Footprint]:
    try:
        return _Rows.validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return []
