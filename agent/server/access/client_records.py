"""What belongs to each client: runs, artifacts, conversations, on disk.

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
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from agent.runtime.conversation_state import ConversationState
from agent.server.api_errors import ApiError
from agent.web.store.visitor_usage import VisitorUsage
from tools.atomic_write import write_atomically
from tools.home import make_private

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
    """A client and the folder of its records."""

    def __init__(self, folder: Path) -> None:
        self.id = folder.name
        self.usage = VisitorUsage(folder)
        self._folder = folder

    def thread_of(self, conversation: str) -> str:
        """Return the agent's id of a conversation, which no other client can name."""
        return f"{self.id}-{_digest(conversation)[:32]}"

    def add_run(self, run: str, conversation: str) -> None:
        write_atomically(self._folder / "runs" / run, conversation.encode())

    def conversation_of(self, run: str) -> str:
        """Return the client's name of the run's conversation; empty if it has none."""
        return (self._folder / "runs" / run).read_text(encoding="utf-8")

    def require_run(self, run: str) -> str:
        """Return the id of a run of the client; 404 for any other."""
        if not RUN_ID.fullmatch(run) or not (self._folder / "runs" / run).exists():
            raise ApiError(
                404,
                f"there is no run {run!r}",
                hint="use an id that POST /v1/runs returned to the same key",
                code="run_not_found",
            )
        return run

    def runs(self) -> list[str]:
        """Return the ids of the client's runs, the latest first."""
        return sorted(
            (
                path.name
                for path in (self._folder / "runs").glob("*")
                if RUN_ID.fullmatch(path.name)
            ),
            reverse=True,
        )

    def mark_unfinished(self, run: str) -> None:
        """Record that the run is to be resumed if the server is restarted."""
        write_atomically(self._folder / "unfinished" / run, b"")

    def mark_finished(self, run: str) -> None:
        (self._folder / "unfinished" / run).unlink(missing_ok=True)

    def unfinished_runs(self) -> list[str]:
        return sorted(
            path.name
            for path in (self._folder / "unfinished").glob("*")
            if RUN_ID.fullmatch(path.name)
        )

    def add_artifacts(self, digests: Iterable[str], origin: Origin | None = None) -> None:
        """Record that the client has these artifacts; an earlier origin is not replaced."""
        for digest in digests:
            path = self._artifact_file(digest)
            if not path.exists():
                self._write(path, origin or Origin())

    def has_artifact(self, digest: str) -> bool:
        return DIGEST.fullmatch(digest) is not None and self._artifact_file(digest).exists()

    def require_artifact(self, digest: str) -> Origin:
        """Return where the client has an artifact from; 404 if it has none of that digest."""
        if self.has_artifact(digest) and (origin := _read(self._artifact_file(digest), Origin)):
            return origin
        raise ApiError(
            404,
            f"there is no artifact {digest!r}",
            hint="use a digest from a run of the same key",
            code="artifact_not_found",
        )

    def idempotent_request(self, key: str) -> IdempotentRequest | None:
        return _read(self._request_file(key), IdempotentRequest)

    def save_idempotent_request(self, key: str, request: IdempotentRequest) -> None:
        self._write(self._request_file(key), request)
        _delete_oldest(self._folder / "requests", MAX_REQUESTS)

    def history(self, key: str) -> History | None:
        return _read(self._folder / "histories" / f"{_digest(key)}.json", History)

    def save_history(self, key: str, history: History) -> None:
        self._write(self._folder / "histories" / f"{_digest(key)}.json", history)
        _delete_oldest(self._folder / "histories", MAX_HISTORIES)

    def video(self, run: str) -> VideoRecord | None:
        return _read(self._video_file(run), VideoRecord) if RUN_ID.fullmatch(run) else None

    def save_video(self, run: str, video: VideoRecord) -> None:
        self._write(self._video_file(run), video)

    def delete_video(self, run: str) -> None:
        self._video_file(run).unlink(missing_ok=True)

    def videos(self) -> list[str]:
        """Return the runs of the client's videos, the latest first."""
        return sorted((path.stem for path in (self._folder / "videos").glob("*")), reverse=True)

    def _video_file(self, run: str) -> Path:
        return self._folder / "videos" / f"{run}.json"

    def _artifact_file(self, digest: str) -> Path:
        return self._folder / "artifacts" / f"{digest}.json"

    def _request_file(self, key: str) -> Path:
        return self._folder / "requests" / f"{_digest(key)}.json"

    def _write(self, path: Path, content: BaseModel) -> None:
        write_atomically(path, content.model_dump_json().encode())


class Clients:
    """All clients of a server, one folder each."""

    def __init__(self, folder: Path) -> None:
        make_private(folder.parent)
        self._folder = folder

    def get(self, name: str) -> Client:
        return self.with_id(_digest(name)[:32])

    def with_id(self, client_id: str) -> Client:
        return Client(self._folder / client_id)

    def __iter__(self) -> Iterator[Client]:
        return (Client(path) for path in sorted(self._folder.glob("*")) if path.is_dir())


def _read(path: Path, kind: type[M]) -> M | None:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None


def _delete_oldest(folder: Path, limit: int) -> None:
    """Delete the oldest records beyond a limit, a tenth at a time."""
    paths = list(folder.glob("*.json"))
    if len(paths) > limit:
        paths.sort(key=lambda path: path.stat().st_mtime)
        for path in paths[: len(paths) - limit + limit // 10]:
            path.unlink(missing_ok=True)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
