"""Where an agent keeps runs, conversations and records: its home folder or a database."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Protocol

from agent.record.journal import Runs
from agent.record.records import FolderRecords, Records
from tools.home import DATABASE


class Storage(Protocol):
    """Runs, conversations and records, without media: those are in the artifact store."""

    runs: Runs
    checkpoints: str
    """The file or URL of the database of conversations."""
    is_shared: bool
    """Whether other front processes use it too."""

    def records(self, folder: str) -> Records:
        """Return the records below a folder."""
        ...

    def secret(self, name: str) -> bytes:
        """Return a secret of that name, which is created if there is none."""
        ...

    def close(self) -> None: ...


class FolderStorage:
    """Keeps everything in the home folder."""

    is_shared = False

    def __init__(self, home: Path) -> None:
        self._home = home
        self.runs = Runs(home / "runs")
        self.checkpoints = str(home / DATABASE)

    def records(self, folder: str) -> Records:
        return FolderRecords(self._home / folder)

    def secret(self, name: str) -> bytes:
        """Return the secret in a file that only its owner can read."""
        path = self._home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            return path.read_bytes()
        with os.fdopen(descriptor, "wb") as file:
            secret = secrets.token_bytes(32)
            file.write(secret)
        return secret

    def close(self) -> None:
        """Nothing is open."""
