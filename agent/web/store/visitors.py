"""Who is visiting, and their conversations: a folder for each visitor that nobody else reaches.

    visitors/3f0c…/            named by the sha256 of what the visitor's cookie holds
        conversations/20261120-…-a1b2c3.json
        choices.json           profile, language model, whether to be asked first
        shown/                 copies of artifacts that the browser has fetched

A visitor is a browser, known by a random cookie; where a login is asked for, the person.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from tools.atomic_write import write_whole

LONGEST_TITLE = 60
MOST_CONVERSATIONS = 200
"""Of one visitor; the oldest give way."""


class Conversation(BaseModel):
    """What the page knows of a conversation; what was said in it stands in the traces of its runs.

    `id` is also how the agent knows it.
    """

    id: str
    title: str = ""
    runs: list[str] = []
    active: str = ""
    """The run that is being worked on, so that it can be picked up after a restart."""
    files: dict[str, str] = {}
    """What the person calls each file that they gave, by its name here."""
    regions: dict[str, str] = {}
    """What each marked region is, in words."""
    drawings: dict[str, str] = {}
    """The picture that shows where each of them is, by its name here."""
    spoken: dict[str, str] = {}
    """The sound of each answer that was read aloud, by run."""
    votes: dict[str, bool] = {}
    reasons: dict[str, str] = {}
    """Why an answer was voted on so, by run."""
    began: float = 0.0


class Choices(BaseModel):
    """What a visitor has chosen on the page."""

    profile: str = ""
    language_model: str = ""
    ask_first: bool = False
    speak: bool = False


M = TypeVar("M", bound=BaseModel)


class Visitor:
    """One visitor's folder."""

    def __init__(self, folder: Path) -> None:
        self.id = folder.name
        self.folder = folder

    @property
    def shown(self) -> Path:
        return self.folder / "shown"

    def conversations(self) -> list[Conversation]:
        """The latest first."""
        found = (self._read(path, Conversation) for path in self._files())
        return sorted(filter(None, found), key=lambda each: each.began, reverse=True)

    def conversation(self, conversation_id: str) -> Conversation | None:
        """The visitor's conversation of that name; None if they have none such."""
        known = {path.stem: path for path in self._files()}
        path = known.get(conversation_id)
        return self._read(path, Conversation) if path else None

    def begin(self) -> Conversation:
        """A new conversation; it is kept once it holds something."""
        now = time.time()
        stamp = time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
        return Conversation(id=f"{stamp}-{secrets.token_hex(8)}", began=now)

    def keep(self, conversation: Conversation) -> None:
        write_whole(self._place(conversation.id), conversation.model_dump_json().encode())
        # Their names begin with the time they began.
        for old in sorted(self._files())[:-MOST_CONVERSATIONS]:
            old.unlink(missing_ok=True)

    def forget(self, conversation: Conversation) -> None:
        """Take it off the visitor's list. The runs stay in the runs folder, as any others."""
        self._place(conversation.id).unlink(missing_ok=True)

    def choices(self) -> Choices:
        return self._read(self.folder / "choices.json", Choices) or Choices()

    def choose(self, choices: Choices) -> None:
        write_whole(self.folder / "choices.json", choices.model_dump_json().encode())

    def _files(self) -> Iterator[Path]:
        return (self.folder / "conversations").glob("*.json")

    def _place(self, conversation_id: str) -> Path:
        return self.folder / "conversations" / f"{conversation_id}.json"

    def _read(self, path: Path, kind: type[M]) -> M | None:
        try:
            return kind.model_validate_json(path.read_bytes())
        except (OSError, ValidationError):
            return None


class Visitors:
    """All visitors below a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, secret: str) -> Visitor:
        """The visitor whom that secret tells: a cookie's, or the name of who has logged in."""
        return Visitor(self.folder / hashlib.sha256(secret.encode()).hexdigest()[:32])

    def all(self) -> Iterator[Visitor]:
        return (Visitor(path) for path in self.folder.glob("*") if path.is_dir())

    def drop_shown(self) -> None:
        """Remove the copies made for browsers; they are made again when one asks."""
        for visitor in self.all():
            shutil.rmtree(visitor.shown, ignore_errors=True)


def new_secret() -> str:
    """What a new visitor's cookie holds."""
    return secrets.token_urlsafe(32)


def title_of(request: str) -> str:
    """A conversation's title: the beginning of what was asked first."""
    line = " ".join(request.split())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1].rstrip()}…"
