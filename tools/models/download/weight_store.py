"""The local weight store: complete, verified files, named by their sha256.

    BATUTA_HOME/weights/<sha256>.onnx            a file, complete and with the right hash
    BATUTA_HOME/weights/<sha256>.onnx.verified   its size and time when the hash was checked
    BATUTA_HOME/weights/.partial/<sha256>/       finished parts and work in progress
    BATUTA_HOME/weights/.locks/<sha256>          locked by whoever fetches that file

A file gets its name by one rename, after its hash was checked, so every named file is valid. The
lock is the kernel's: it ends with its process, however that ends.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from tools.errors import Cancelled, SourceError
from tools.models.card import WeightFile
from tools.operating_system import try_lock

CHUNK_BYTES = 1 << 20
_POLL_S = 0.1


class WeightStore:
    """A folder of weights."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, file: WeightFile) -> Path:
        """Return the path of a file, present or not."""
        return file.shipped_path or self.folder / f"{file.sha256}.{file.format}"

    def partial(self, file: WeightFile) -> Path:
        """Return the folder of an incomplete file's parts."""
        return self.folder / ".partial" / file.sha256

    def holds(self, file: WeightFile) -> bool:
        """Return whether the file is present and unmodified since its hash was checked."""
        path = self.path(file)
        if file.shipped_path:
            return path.is_file() and path.stat().st_size == file.bytes
        try:
            return json.loads(self._verified_path(path).read_text()) == _file_state(path)
        except (OSError, ValueError):
            return False

    def rehash(self, file: WeightFile, stop: Event) -> bool:
        """Return whether the file has the right hash; remove it if not."""
        path = self.path(file)
        if not path.exists():
            return False
        sha256 = _sha256([path], None, stop)
        if sha256 != file.sha256:
            path.unlink()
            self._verified_path(path).unlink(missing_ok=True)
            return False
        self._write_verified(path)
        return True

    def join_parts(self, file: WeightFile, parts: Sequence[Path], stop: Event) -> Path:
        """Join the parts into the file; SourceError, and remove them, if the hash is wrong."""
        if len(parts) == 1:
            joined, sha256 = parts[0], _sha256(parts, None, stop)
        else:
            joined = self.partial(file) / "joined.tmp"
            sha256 = _sha256(parts, joined, stop)
        size = joined.stat().st_size
        if sha256 != file.sha256 or size != file.bytes:
            shutil.rmtree(self.partial(file))
            raise SourceError(
                f"the file is not the one the card describes: found sha256 {sha256} "
                f"({size:,} bytes), expected {file.sha256} ({file.bytes:,} bytes)"
            )
        path = joined.replace(self.path(file))
        self._write_verified(path)
        shutil.rmtree(self.partial(file))
        return path

    @contextmanager
    def lock(
        self, file: WeightFile, stop: Event, on_wait: Callable[[], None] = lambda: None
    ) -> Generator[None]:
        """Hold the lock for fetching a file; wait while another process or thread holds it."""
        with self.lock_named(file.sha256, stop, on_wait):
            yield

    @contextmanager
    def lock_named(
        self, name: str, stop: Event, on_wait: Callable[[], None] = lambda: None
    ) -> Generator[None]:
        """Hold the lock of that name; wait while another process or thread holds it."""
        with self._lock_file(name).open("w") as handle:
            while not try_lock(handle):
                if stop.is_set():
                    raise Cancelled("the pull was stopped")
                on_wait()
                time.sleep(_POLL_S)
            yield

    def remove_leftovers(self) -> None:
        """Remove half-written files of killed runs; keep finished parts for resuming."""
        for partial in (self.folder / ".partial").glob("*"):
            with self._lock_file(partial.name).open("w") as handle:
                if try_lock(handle):
                    clear_scratch(partial)

    def free_bytes(self) -> int:
        self.folder.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(self.folder).free

    def _lock_file(self, sha256: str) -> Path:
        """Return the path of a lock; it stays, or two processes could lock files of one name."""
        locks = self.folder / ".locks"
        locks.mkdir(parents=True, exist_ok=True)
        return locks / sha256

    def _verified_path(self, path: Path) -> Path:
        return path.with_name(path.name + ".verified")

    def _write_verified(self, path: Path) -> None:
        verified_path = self._verified_path(path)
        temporary = verified_path.with_name(verified_path.name + ".tmp")
        temporary.write_text(json.dumps(_file_state(path)))
        temporary.replace(verified_path)


def sha256_of(path: Path, stop: Event) -> str:
    """Return the sha256 of a file; Cancelled once `stop` is set."""
    return _sha256([path], None, stop)


def clear_scratch(partial: Path) -> None:
    """Remove work in progress from a folder of parts."""
    for leftover in [*partial.glob("fetch-*"), *partial.glob("*.tmp")]:
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def _file_state(path: Path) -> dict[str, int]:
    status = path.stat()
    return {"bytes": status.st_size, "modified_ns": status.st_mtime_ns}


def _sha256(parts: Sequence[Path], joined: Path | None, stop: Event) -> str:
    """Return the sha256 of the concatenated parts; also write them to `joined`."""
    digest = hashlib.sha256()
    output = joined.open("wb") if joined else None
    try:
        for part in parts:
            with part.open("rb") as stream:
                while chunk := stream.read(CHUNK_BYTES):
                    if stop.is_set():
                        raise Cancelled("the pull was stopped")
                    digest.update(chunk)
                    if output:
                        output.write(chunk)
        if output:
            output.flush()
            os.fsync(output.fileno())
    finally:
        if output:
            output.close()
    return digest.hexdigest()
