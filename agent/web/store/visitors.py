"""Visitors and their conversations, in one private folder per visitor.

    visitors/3f0c…/            named by the sha256 of the visitor's cookie
        conversations/20261120-…-a1b2c3.json
        usage.json             what the visitor used in the last 24 hours
        choices.json           profile, language model, whether to review plans
        exports/               copies of artifacts that the browser fetched

A visitor is a browser, identified by a random cookie, or a person with a login.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import AliasChoices, BaseModel, Field, ValidationError

from agent.record.records import FolderRecords
from agent.web.store.visitor_usage import VisitorUsage
from tools.atomic_write import write_atomically

MAX_TITLE_LENGTH = 60
MAX_CONVERSATIONS = 200
"""Number of stored conversations of one visitor; the oldest are deleted."""
_EARLIER_EXPORTS = "shown"
"""The folder of exports in earlier versions."""


class Conversation(BaseModel):
    """The page's record of a conversation; the runs' traces hold its content.

    The agent uses the same `id`. Fields of earlier versions are read under their earlier names.
    """

    id: str
    title: str = ""
    runs: list[str] = []
    active_run: str = Field(default="", validation_alias=AliasChoices("active_run", "active"))
    """The run in progress, so that it can be resumed after a restart."""
    files: dict[str, str] = {}
    """The original name of each attached file, by its name in the conversation."""
    regions: dict[str, str] = {}
    """A description of each marked region, by name."""
    drawings: dict[str, str] = {}
    """The digest of the image that shows each region, by name."""
    speech: dict[str, str] = Field(default={}, validation_alias=AliasChoices("speech", "spoken"))
    """The digest of the audio of each answer that was read aloud, by run."""
    start_time: float = Field(default=0.0, validation_alias=AliasChoices("start_time", "began"))


class Choices(BaseModel):
    """A visitor's choices on the page."""

    profile: str = ""
    language_model: str = ""
    ask_first: bool = False
    speak: bool = False


M = TypeVar("M", bound=BaseModel)


class Visitor:
    """A visitor and the folder of their conversations."""

    def __init__(self, folder: Path) -> None:
        self.id = folder.name
        self.folder = folder

    @property
    def usage(self) -> VisitorUsage:
        return VisitorUsage(FolderRecords(self.folder))

    @property
    def export_folder(self) -> Path:
        return self.folder / "exports"

    def conversations(self) -> list[Conversation]:
        """Return the conversations, the latest first."""
        conversations = (self._read(path, Conversation) for path in self._files())
        return sorted(filter(None, conversations), key=_start_time, reverse=True)

    def conversation(self, conversation_id: str) -> Conversation | None:
        """Return the visitor's conversation of that id, or None."""
        paths = {path.stem: path for path in self._files()}
        path = paths.get(conversation_id)
        return self._read(path, Conversation) if path else None

    def new_conversation(self) -> Conversation:
        """Create a conversation; it is saved with its first run."""
        now = time.time()
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
        return Conversation(id=f"{stamp}-{secrets.token_hex(8)}", start_time=now)

    def save(self, conversation: Conversation) -> None:
        write_atomically(self._path(conversation.id), conversation.model_dump_json().encode())
        # File names begin with the start time.
        for old in sorted(self._files())[:-MAX_CONVERSATIONS]:
            old.unlink(missing_ok=True)

    def delete(self, conversation: Conversation) -> None:
        """Delete a conversation from the visitor's list, but not its runs."""
        self._path(conversation.id).unlink(missing_ok=True)

    def choices(self) -> Choices:
        return self._read(self.folder / "choices.json", Choices) or Choices()

    def save_choices(self, choices: Choices) -> None:
        write_atomically(self.folder / "choices.json", choices.model_dump_json().encode())

    def _files(self) -> Iterator[Path]:
        return (self.folder / "conversations").glob("*.json")

    def _path(self, conversation_id: str) -> Path:
        return self.folder / "conversations" / f"{conversation_id}.json"

    def _read(self, path: Path, kind: type[M]) -> M | None:
        try:
            return kind.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return None


class Visitors:
    """All visitors of a server, one folder each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, secret: str) -> Visitor:
        """Return the visitor of a secret (cookie value or login name)."""
        return Visitor(self.folder / hashlib.sha256(secret.encode()).hexdigest()[:32])

    def by_id(self, visitor_id: str) -> Visitor:
        """Return the visitor of an id, as `Visitor.id` gives it."""
        return Visitor(self.folder / visitor_id)

    def all(self) -> Iterator[Visitor]:
        return (Visitor(path) for path in self.folder.glob("*") if path.is_dir())

    def delete_exports(self) -> None:
        """Delete the copies made for browsers; a later request makes them again."""
        for visitor in self.all():
            for folder in (visitor.export_folder, visitor.folder / _EARLIER_EXPORTS):
                shutil.rmtree(folder, ignore_errors=True)


def new_secret() -> str:
    """Return the value of a new visitor's cookie."""
    return secrets.token_urlsafe(32)


def _start_time(conversation: Conversation) -> float:
    return conversation.start_time


def title_of(request: str) -> str:
    """Return a conversation's title: the beginning of its first request."""
    line = " ".join(request.split())
    return line if len(line) <= MAX_TITLE_LENGTH else f"{line[: MAX_TITLE_LENGTH - 1].rstrip()}…"
