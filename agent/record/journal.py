"""Store runs on disk: a folder with a trace of events each.

    runs/20261120-051233-7f3a/
        events.jsonl   one event per line, written before anything depends on it
        results/       the media of the answer
        lock           locked by the process that executes the run
        crashes        how often a process died while it executed the run; usually absent

The trace is also the journal: a command that it records as finished never runs again.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path

from agent.record.artifacts import Encoded
from agent.record.events import (
    ClientCallsAsked,
    CommandFinished,
    Event,
    PlanAccepted,
    ReviewAsked,
    RunFinished,
    RunResumed,
    RunStarted,
    from_json,
    to_json,
)
from tools.atomic_write import write_atomically
from tools.errors import InputError
from tools.operating_system import try_lock


@dataclass(frozen=True)
class RunSummary:
    """One line of `batuta runs`.

    `state` is running, waiting, done, failed, stopped or interrupted.
    """

    id: str
    started: str
    state: str
    request: str


class Run:
    """The folder of one run."""

    def __init__(self, folder: Path) -> None:
        self.id = folder.name
        self.folder = folder
        self._trace: TextIOWrapper | None = None

    @property
    def trace(self) -> Path:
        return self.folder / "events.jsonl"

    def append(self, event: Event) -> None:
        """Append an event to the trace; afterwards it survives a killed process."""
        self._append_line(to_json(event))

    def _append_line(self, line: str) -> None:
        if self._trace is None:
            self._trace = self._open_trace()
        self._trace.write(line + "\n")
        self._trace.flush()

    def _open_trace(self) -> TextIOWrapper:
        self.folder.mkdir(parents=True, exist_ok=True)
        is_incomplete = self.trace.exists() and not (self.trace.read_bytes() or b"\n").endswith(
            b"\n"
        )
        trace = self.trace.open("a", encoding="utf-8")
        if is_incomplete:
            trace.write("\n")
        return trace

    def events(self) -> Iterator[Event]:
        """Yield the events so far; skip a line that was written incompletely."""
        for line in self.lines():
            try:
                yield from_json(line)
            except ValueError:
                continue

    def lines(self) -> Sequence[str]:
        """Return the lines of the trace."""
        if not self.trace.exists():
            return []
        return self.trace.read_text(encoding="utf-8", errors="replace").split("\n")

    def trace_size(self) -> int:
        """Return a number that grows with each event of the trace."""
        return self.trace.stat().st_size if self.trace.exists() else 0

    def finished_commands(self) -> dict[tuple[int, str], Encoded]:
        """Return the results of commands by attempt and path."""
        return {
            (event.attempt, event.path): event.value
            for event in self.events()
            if isinstance(event, CommandFinished)
        }

    def start_event(self) -> RunStarted:
        """Return the event that started the run."""
        for event in self.events():
            if isinstance(event, RunStarted):
                return event
        raise InputError(
            f"run {self.id!r} was stopped before it started: its trace has no request",
            hint="give the request again with: batuta run",
            page_hint="ask again",
        )

    def summary(self) -> RunSummary:
        """Return the request and the current state of the run."""
        start_event = self.start_event()
        state = "running" if self.is_locked() else "interrupted"
        for event in self.events():
            if isinstance(event, RunFinished):
                state = event.state
            elif isinstance(event, ReviewAsked | ClientCallsAsked):
                state = "waiting"
            elif isinstance(event, RunResumed | PlanAccepted):
                state = "running" if self.is_locked() else "interrupted"
        start_time = datetime.fromtimestamp(start_event.at, UTC).astimezone()
        return RunSummary(self.id, start_time.isoformat(" ", "seconds"), state, start_event.request)

    def crashes(self) -> int:
        """Return how often a process died while it executed the run."""
        try:
            return int(self._crashes.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            return 0

    @contextmanager
    def count_crash(self) -> Generator[None]:
        """Count a crash until the block ends, normally or by an exception."""
        self._write_crashes(self.crashes() + 1)
        try:
            yield
        finally:
            self.reset_crashes()

    def _write_crashes(self, count: int) -> None:
        write_atomically(self._crashes, str(count).encode())

    def reset_crashes(self) -> None:
        """Reset the number of crashes."""
        self._crashes.unlink(missing_ok=True)

    @property
    def _crashes(self) -> Path:
        return self.folder / "crashes"

    def fail(self, reason: str) -> None:
        """Record in the trace that the run failed, without executing it."""
        with self.lock():
            self.append(RunFinished("failed", reason))

    @contextmanager
    def lock(self) -> Generator[None]:
        """Lock the run against other processes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "lock").open("w") as lock:
            if not try_lock(lock):
                raise InputError(
                    f"run {self.id!r} is in use by another process",
                    hint="wait until it has finished, or stop that process",
                )
            try:
                yield
            finally:
                if self._trace is not None:
                    self._trace.close()
                    self._trace = None

    def is_locked(self) -> bool:
        """Return whether a process has locked the run."""
        try:
            with (self.folder / "lock").open("r+") as lock:
                return not try_lock(lock, shared=True)
        except FileNotFoundError:
            return False


class Runs:
    """The runs below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def new(self) -> Run:
        """Return a run with a new id; nothing is on disk yet."""
        return self.get(f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}")

    def get(self, run_id: str) -> Run:
        """Return the run with that id, which may have no trace yet."""
        return Run(self.folder / run_id)

    def names(self) -> list[str]:
        """Return the ids of all runs, unsorted."""
        return [path.name for path in self.folder.glob("*")]

    def find(self, run_id: str) -> Run:
        """Return the run whose id is, or uniquely contains, the argument."""
        if re.fullmatch(r"\w[\w-]*", run_id) and self._exists(run_id):  # no path such as ".."
            return self.get(run_id)
        matches = [
            name for name in sorted(self.names()) if run_id and run_id in name if self._exists(name)
        ]
        if len(matches) == 1:
            return self.get(matches[0])
        problem = f"matches {len(matches)} runs" if matches else "matches no run"
        raise InputError(f"{run_id!r} {problem}", hint="list them with: batuta runs")

    def _exists(self, run_id: str) -> bool:
        return (self.folder / run_id).is_dir()

    def summaries(self) -> list[RunSummary]:
        """Return the summary of every run, the latest first."""
        summaries: list[RunSummary] = []
        for name in sorted(self.names(), reverse=True):
            try:
                summaries.append(self.get(name).summary())
            except InputError:  # the process died before the first event
                continue
        return summaries
