"""What each visitor has used in the last 24 hours: bytes stored and seconds of compute."""

from __future__ import annotations

import time
from collections.abc import Callable

from pydantic import BaseModel, ValidationError

from agent.record.artifacts import ArtifactStore, references
from agent.record.records import Records
from agent.web.view.run_view import RunView

HOURS = 24
_USAGE = "usage.json"


class HourlyUsage(BaseModel):
    """The use of one hour, counted since 1970."""

    hour: int
    stored_bytes: int = 0
    compute_seconds: float = 0.0


class UsageRecord(BaseModel):
    """The use of the last hours, the latest last."""

    hours: list[HourlyUsage] = []


class VisitorUsage:
    """The use of one visitor, in a record of the visitor's own."""

    def __init__(self, records: Records, clock: Callable[[], float] = time.time) -> None:
        self._records = records
        self._clock = clock

    def stored_bytes(self) -> int:
        """Return the bytes that the visitor stored in the last 24 hours."""
        return sum(hour.stored_bytes for hour in self._read().hours)

    def compute_seconds(self) -> float:
        """Return the seconds of compute that the visitor used in the last 24 hours."""
        return sum(hour.compute_seconds for hour in self._read().hours)

    def add(self, *, stored_bytes: int = 0, compute_seconds: float = 0.0) -> None:
        """Add to the use of this hour."""
        record, now = self._read(), self._hour()
        if not record.hours or record.hours[-1].hour != now:
            record.hours.append(HourlyUsage(hour=now))
        record.hours[-1].stored_bytes += stored_bytes
        record.hours[-1].compute_seconds += compute_seconds
        self._records.write(_USAGE, record.model_dump_json().encode())

    def add_run(self, store: ArtifactStore, view: RunView, seconds: float) -> None:
        """Add the results of a run and the seconds that it executed."""
        uploads = {digest for file in view.files for digest in references(file.value)}
        artifacts = map(store.find, view.digests - uploads)
        stored_bytes = sum(artifact.bytes for artifact in artifacts if artifact)
        self.add(stored_bytes=stored_bytes, compute_seconds=seconds)

    def _hour(self) -> int:
        return int(self._clock() // 3600)

    def _read(self) -> UsageRecord:
        try:
            record = UsageRecord.model_validate_json(self._records.read(_USAGE) or b"")
        except ValidationError:
            record = UsageRecord()
        oldest = self._hour() - HOURS
        record.hours = [hour for hour in record.hours if hour.hour > oldest]
        return record
