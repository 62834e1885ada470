"""Opaque ids for uploaded files: what a browser names instead of a path of the server."""

from __future__ import annotations

import secrets
from pathlib import Path

MOST_UPLOADS = 200
"""Of one visitor; the oldest ids stop working."""


class UploadIds:
    """The ids that each visitor was issued, and the files in the upload folder they stand for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._paths: dict[str, dict[str, Path]] = {}

    def issue(self, visitor: str, path: Path) -> str:
        """Return a new id for a file that the visitor has just uploaded."""
        issued = self._paths.setdefault(visitor, {})
        while len(issued) >= MOST_UPLOADS:
            del issued[next(iter(issued))]
        # The page's text box shows the last part as the file's name.
        upload_id = f"{secrets.token_urlsafe(18)}/{path.name}"
        issued[upload_id] = path
        return upload_id

    def path_of(self, visitor: str, upload_id: str) -> Path | None:
        """Return the file behind an id of this visitor; None if it is not one of theirs."""
        path = self._paths.get(visitor, {}).get(upload_id)
        if path is None or not path.is_file():
            return None
        # A link put in the place of the file leads elsewhere.
        return path if path.resolve() == path and path.is_relative_to(self._folder) else None
