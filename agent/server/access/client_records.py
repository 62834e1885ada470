"""What belongs to each client: runs, artifacts and conversations, as records.

    clients/3f0c…/             named by the sha256 of the client's name
        runs/20261120-…        the client's name of the run's conversation
        unfinished/20261120-…  an empty file for each run to resume after a restart
        artifacts/ab34….json   where the client has the artifact from
        requests/9f12….json    the run of each idempotency key
        histories/77aa….json   the conversation of each message history
        videos/20261120-….json what was asked for with POST /v1/videos
        usage.json             what the client used in the last 24 hours

The store of artifacts is shared by all clients: these records say who may see what.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from agent.record.records import Records
from agent.runtime.conversation_state import ConversationState
from agent.server.api_errors import ApiError
from agent.web.store.visitor_usage import VisitorUsage

RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")
DIGEST = re.compile(r"[0-9a-f]{64}")
MAX_HISTORIES = 1_000
MAX_REQUESTS = 10_000


class Origin(BaseModel):
    """Where a client has an artifact from: a command of its own run, or an upload."""

    run: str = ""
    path: str = ""
    name: str = ""
    tool: str = ""
    command: str = ""
    model: str = ""


class IdempotentRequest(BaseModel):
    """The run that an idempotency key started, and the digest of its request."""

    request: str
    run: str


class VideoRecord(BaseModel):
    """What a client asked for with POST /v1/videos."""

    model: str
    prompt: str
    seconds: float


class History(BaseModel):
    """The state of a conversation after one of its runs."""

    conversation: str
    state: ConversationState


M = TypeVar("M", bound=BaseModel)


class Client:
    """A client and its records."""

    def __init__(self, client_id: str, records: Records) -> None:
        self.id = client_id
        self.usage = VisitorUsage(records)
        self._records = records

    def thread_of(self, conversation: str) -> str:
        """Return the agent's id of a conversation, which no other client can name."""
        return f"{self.id}-{_digest(conversation)[:32]}"

    def add_run(self, run: str, conversation: str) -> None:
        self._records.write(f"runs/{run}", conversation.encode())

    def conversation_of(self, run: str) -> str:
        """Return the client's name of the run's conversation; empty if it has none."""
        return (self._records.read(f"runs/{run}") or b"").decode()

    def require_run(self, run: str) -> str:
        """Return the id of a run of the client; 404 for any other."""
        if not RUN_ID.fullmatch(run) or not self._records.exists(f"runs/{run}"):
            raise ApiError(
                404,
                f"there is no run {run!r}",
                hint="use an id that POST /v1/runs returned to the same key",
                code="run_not_found",
            )
        return run

    def runs(self) -> list[str]:
        """Return the ids of the client's runs, the latest first."""
        return sorted(filter(RUN_ID.fullmatch, self._records.names("runs")), reverse=True)

    def mark_unfinished(self, run: str) -> None:
        """Record that the run is to be resumed if the server is restarted."""
        self._records.write(f"unfinished/{run}", b"")

    def mark_finished(self, run: str) -> None:
        self._records.delete(f"unfinished/{run}")

    def unfinished_runs(self) -> list[str]:
        return sorted(filter(RUN_ID.fullmatch, self._records.names("unfinished")))

    def add_artifacts(self, digests: Iterable[str], origin: Origin | None = None) -> None:
        """Record that the client has these artifacts; an earlier origin is not replaced."""
        for digest in digests:
            path = _artifact_path(digest)
            if not self._records.exists(path):
                self._write(path, origin or Origin())

    def has_artifact(self, digest: str) -> bool:
        return DIGEST.fullmatch(digest) is not None and self._records.exists(_artifact_path(digest))

    def require_artifact(self, digest: str) -> Origin:
        """Return where the client has an artifact from; 404 if it has none of that digest."""
        if self.has_artifact(digest) and (origin := self._read(_artifact_path(digest), Origin)):
            return origin
        raise ApiError(
            404,
            f"there is no artifact {digest!r}",
            hint="use a digest from a run of the same key",
            code="artifact_not_found",
        )

    def idempotent_request(self, key: str) -> IdempotentRequest | None:
        return self._read(_request_path(key), IdempotentRequest)

    def save_idempotent_request(self, key: str, request: IdempotentRequest) -> None:
        self._write(_request_path(key), request)
        self._records.delete_oldest("requests", MAX_REQUESTS)

    def history(self, key: str) -> History | None:
        return self._read(_history_path(key), History)

    def save_history(self, key: str, history: History) -> None:
        self._write(_history_path(key), history)
        self._records.delete_oldest("histories", MAX_HISTORIES)

    def video(self, run: str) -> VideoRecord | None:
        return self._read(_video_path(run), VideoRecord) if RUN_ID.fullmatch(run) else None

    def save_video(self, run: str, video: VideoRecord) -> None:
        self._write(_video_path(run), video)

    def delete_video(self, run: str) -> None:
        self._records.delete(_video_path(run))

    def videos(self) -> list[str]:
        """Return the runs of the client's videos, the latest first."""
        names = self._records.names("videos")
        return sorted((name.removesuffix(".json") for name in names), reverse=True)

    def _read(self, path: str, kind: type[M]) -> M | None:
        try:
            return kind.model_validate_json(self._records.read(path) or b"")
        except ValidationError:
            return None

    def _write(self, path: str, content: BaseModel) -> None:
        self._records.write(path, content.model_dump_json().encode())


class Clients:
    """All clients of a server."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def get(self, name: str) -> Client:
        return self.with_id(_digest(name)[:32])

    def with_id(self, client_id: str) -> Client:
        return Client(client_id, self._records.within(client_id))

    def __iter__(self) -> Iterator[Client]:
        return (self.with_id(client_id) for client_id in self._records.names(""))


def _artifact_path(digest: str) -> str:
    return f"artifacts/{digest}.json"


def _request_path(key: str) -> str:
    return f"requests/{_digest(key)}.json"


def _history_path(key: str) -> str:
    return f"histories/{_digest(key)}.json"


def _video_path(run: str) -> str:
    return f"videos/{run}.json"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
