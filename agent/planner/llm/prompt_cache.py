"""A prompt cache on disk: a few verified key-value caches.

llama.cpp aborts the whole process when it reads a truncated file, so a file is used only if its
sha256 is the one in its name.
"""

from __future__ import annotations

import hashlib
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

MAX_FILES = 4
"""A prompt of 1,000 tokens takes 29 MB with the default model."""


@dataclass(frozen=True)
class PromptCache:
    """An LRU cache of files named `KEY-SHA256.kv`."""

    folder: Path
    limit: int = MAX_FILES

    def find(self, key: str) -> Path | None:
        """Return the file of a key if its digest is right."""
        for path in self.folder.glob(f"{key}-*.kv"):
            try:
                if path.name == _name(key, path):
                    os.utime(path)
                    return path
            except OSError:
                continue  # another process has just removed it
            path.unlink(missing_ok=True)
        return None

    def begin(self) -> Path:
        """Return the path of a new file, ignored until `keep`."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / f"{uuid.uuid4().hex}.part"

    def keep(self, key: str, part: Path) -> Path:
        """Move a new file to its name, and evict old ones.

        The least recently used files beyond the limit are removed.
        """
        target = part.replace(self.folder / _name(key, part))
        files = [path for path in self.folder.iterdir() if path.suffix in (".kv", ".part")]
        by_age = sorted(files, key=_last_used, reverse=True)
        for path in by_age[self.limit :]:
            path.unlink(missing_ok=True)
        return target

    def drop(self, path: Path) -> None:
        """Remove a file that cannot be used."""
        path.unlink(missing_ok=True)


def _name(key: str, path: Path) -> str:
    with path.open("rb") as file:
        return f"{key}-{hashlib.file_digest(file, 'sha256').hexdigest()}.kv"


def _last_used(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
