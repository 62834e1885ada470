"""Small records by path, such as what belongs to a client: in a folder or a database."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from tools.atomic_write import write_atomically


class Records(Protocol):
    """Contents by path; a write is complete or has not happened."""

    def read(self, path: str) -> bytes | None:
        """Return the content, or None if there is none."""
        ...

    def write(self, path: str, content: bytes) -> None: ...

    def exists(self, path: str) -> bool: ...

    def delete(self, path: str) -> None:
        """Delete a record; nothing happens if there is none."""
        ...

    def names(self, folder: str) -> list[str]:
        """Return the names of the records and folders directly in a folder."""
        ...

    def delete_oldest(self, folder: str, limit: int) -> None:
        """Delete the oldest records beyond a limit, a tenth at a time."""
        ...

    def within(self, folder: str) -> Records:
        """Return the records below a folder."""
        ...


class FolderRecords:
    """Records as files of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, path: str) -> bytes | None:
        try:
            return (self._folder / path).read_bytes()
        except OSError:
            return None

    def write(self, path: str, content: bytes) -> None:
        write_atomically(self._folder / path, content)

    def exists(self, path: str) -> bool:
        return (self._folder / path).exists()

    def delete(self, path: str) -> None:
        (self._folder / path).unlink(missing_ok=True)

    def names(self, folder: str) -> list[str]:
        return sorted(path.name for path in (self._folder / folder).glob("*"))

    def delete_oldest(self, folder: str, limit: int) -> None:
        paths = list((self._folder / folder).glob("*.json"))
        if len(paths) > limit:
            paths.sort(key=lambda path: path.stat().st_mtime)
            for path in paths[: len(paths) - limit + limit // 10]:
                path.unlink(missing_ok=True)

    def within(self, folder: str) -> FolderRecords:
        return FolderRecords(self._folder / folder)
