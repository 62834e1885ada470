"""The runs of a server that are running or queued, and who may start another."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from agent.record.artifacts import references
from agent.record.events import (
    AnswerFinished,
    CommandFinished,
    CommandProgress,
    CommandStarted,
    Event,
    ModelChosen,
)
from agent.server.access.client_records import Client, Origin
from agent.server.api_errors import ApiError, too_many
from agent.server.runs.run_feed import RunFeed
from agent.server.server_limits import ServerLimits


@dataclass
class ActiveRun:
    """A run that is running or queued."""

    client: Client
    thread: str
    feed: RunFeed
    origins: dict[str, Origin] = field(default_factory=dict[str, Origin])
    """The commands of the run, by path."""

    def record_artifacts(self, run: str, event: Event) -> None:
        """Record the artifacts that an event brings to the client, with their origin."""
        client, origins = self.client, self.origins
        match event:
            case CommandStarted(path=path, name=name, tool=tool, text=text):
                origins[path] = Origin(run=run, path=path, name=name, tool=tool, command=text)
            case ModelChosen(path=path, model=model) if path in origins:
                origins[path] = origins[path].model_copy(update={"model": model})
            case CommandProgress(path=path, preview=preview) if preview:
                client.add_artifacts([preview], origins.get(path))
            case CommandFinished(path=path, value=value):
                client.add_artifacts(references(value), origins.get(path))
            case AnswerFinished(results=results):
                for result in results:
                    origin = Origin(run=run, name=result.name)
                    client.add_artifacts(references(result.value), origin)
            case _:
                pass


class ActiveRuns:
    """The running and queued runs of all clients, within the limits of the server."""

    def __init__(self, limits: ServerLimits) -> None:
        self._limits = limits
        self._runs: dict[str, ActiveRun] = {}
        self._starting: list[tuple[Client, str]] = []
        """The client and thread of each run that is about to start."""

    def __iter__(self) -> Iterator[str]:
        return iter(self._runs)

    def __len__(self) -> int:
        return len(self._runs)

    def get(self, run: str) -> ActiveRun | None:
        return self._runs.get(run)

    def add(self, run: str, active: ActiveRun) -> None:
        self._runs[run] = active

    def remove(self, run: str) -> ActiveRun | None:
        return self._runs.pop(run, None)

    @contextmanager
    def reserve(self, client: Client, thread: str) -> Generator[None]:
        """Count one more run of the client while it starts; ApiError if it may not."""
        self.require_room(client, thread)
        reservation = client, thread
        self._starting.append(reservation)
        try:
            yield
        finally:
            self._starting.remove(reservation)

    def require_room(self, client: Client, thread: str) -> None:
        """Raise ApiError unless the client may start another run in the conversation."""
        self.require_allowance(client)
        entries = [(active.client, active.thread) for active in self._runs.values()]
        entries += self._starting
        own = sum(other.id == client.id for other, _ in entries)
        wait_s = self._limits.retry_after_seconds
        if own >= self._limits.runs_waiting:
            raise too_many(
                f"{own} runs of this key are running or queued; "
                f"{self._limits.runs_waiting} are allowed",
                hint="wait until one has ended, or stop one",
                wait_s=wait_s,
            )
        if len(entries) >= self._limits.active_runs:
            raise too_many(
                f"the server has {len(entries)} runs already", hint="try again later", wait_s=wait_s
            )
        if thread and any(other == thread for _, other in entries):
            raise ApiError(
                409,
                "a run of this conversation is still running",
                hint="wait until it has ended, or stop it",
                code="conversation_busy",
                headers={"retry-after": str(wait_s)},
            )

    def require_allowance(self, client: Client) -> None:
        """Raise ApiError for a client that has used what it may in 24 hours."""
        used_bytes, used_seconds = client.usage.stored_bytes(), client.usage.compute_seconds()
        if used_bytes >= self._limits.stored_bytes:
            problem = (
                f"the files and results of this key have {used_bytes:,} bytes in 24 hours; "
                f"{self._limits.stored_bytes:,} are allowed"
            )
        elif used_seconds >= self._limits.compute_seconds:
            problem = (
                f"the requests of this key took {used_seconds:,.0f} seconds in 24 hours; "
                f"{self._limits.compute_seconds:,} are allowed"
            )
        else:
            return
        raise too_many(problem, hint="try again in a few hours", wait_s=3_600)
