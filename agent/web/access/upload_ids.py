"""Opaque ids of uploaded files, used by browsers instead of paths."""

from __future__ import annotations

import secrets
from pathlib import Path

MAX_UPLOADS = 200
"""Number of ids of one visitor; the oldest expire."""


class UploadIds:
    """Map each visitor's ids to files in the upload folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._paths: dict[str, dict[str, Path]] = {}

    def issue(self, visitor: str, path: Path) -> str:
        """Return a new id for a file that the visitor uploaded."""
        ids = self._paths.setdefault(visitor, {})
        while len(ids) >= MAX_UPLOADS:
            del ids[next(iter(ids))]
        # The page's text box shows the last path segment as the file's name.
        upload_id = f"{secrets.token_urlsafe(18)}/{path.name}"
        ids[upload_id] = path
        return upload_id

    def path_of(self, visitor: str, upload_id: str) -> Path | None:
        """Return the file of a visitor's id, or None if unknown."""
        path = self._paths.get(visitor, {}).get(upload_id)
        if path is None or not path.is_file():
            return None
        # A symbolic link that replaced the file would lead elsewhere.
        return path if path.resolve() == path and path.is_relative_to(self._folder) else None
