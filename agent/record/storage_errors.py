"""Explain why what Batuta stores cannot be read or written."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tools.errors import StorageError
from tools.home import DATABASE

STORAGE_EXCEPTIONS = (OSError, sqlite3.Error)

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_NO_FOLDER = {errno.ENOTDIR, errno.EEXIST}
_DAMAGED = ("not a database", "malformed")


@contextmanager
def explain_storage_errors(home: Path) -> Generator[None]:
    """Raise StorageError for errors of the disk or of the home's checkpoint database."""
    try:
        yield
    except STORAGE_EXCEPTIONS as error:
        if explanation := storage_error(error, home):
            raise explanation from error
        raise


def storage_error(error: BaseException, home: Path) -> StorageError | None:
    """Return the error that explains this one, or None if it has another cause."""
    if isinstance(error, StorageError):
        return error
    if isinstance(error, sqlite3.Error):
        return _database_error(error, home / DATABASE)
    if isinstance(error, OSError):
        return _file_error(error, home)
    return None


def _database_error(error: sqlite3.Error, database: Path) -> StorageError:
    reason = str(error)
    if any(phrase in reason for phrase in _DAMAGED):
        return StorageError(
            f"the checkpoints in {str(database)!r} are damaged: {reason}",
            hint="move that file away; conversations begin again, runs and results stay",
        )
    if "full" in reason:
        return _full(database, database.parent)
    return StorageError(
        f"the checkpoints in {str(database)!r} cannot be used: {reason}",
        hint=f"check that the disk has room and the folder can be written, or {_OTHER_HOME}",
    )


def _file_error(error: OSError, home: Path) -> StorageError | None:
    path = Path(os.fsdecode(error.filename)) if error.filename else home
    if error.errno in _FULL:
        return _full(path, home)
    if error.errno in _DENIED:
        return StorageError(
            f"{str(path)!r} cannot be read or written: {error.strerror}",
            hint=f"change its permissions, or {_another_folder(path, home)}",
        )
    if error.errno in _NO_FOLDER:
        return StorageError(
            f"{str(path)!r} is or is inside a file, and has to be a folder",
            hint=f"move that file away, or {_another_folder(path, home)}",
        )
    return None


def _full(path: Path, home: Path) -> StorageError:
    return StorageError(
        f"{str(path)!r} cannot be written: the disk is full",
        hint=f"free some space, or {_another_folder(path, home)}",
    )


_OTHER_HOME = "choose another home: export BATUTA_HOME=/another/folder"


def _another_folder(path: Path, home: Path) -> str:
    return _OTHER_HOME if path.is_relative_to(home) else "choose another folder"
