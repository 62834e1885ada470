"""Download of whole checkpoints: folders that model hubs publish.

The hub's own client fetches a folder, and resumes after it was killed. Files are verified against
the hub's hashes and against the record of the first fetch (tools/models/checkpoint_repository.py);
local folders are used in place.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as StillRunning
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from threading import Event

from tools.errors import Cancelled, SourceError
from tools.models.checkpoint_repository import FetchedFile, FetchRecord, Repository
from tools.models.download.registry_clients import DiskFull, hub_folder_command, run_client
from tools.models.download.weight_store import CHUNK_BYTES, WeightStore, sha256_of
from tools.models.weight_uri import WeightUri

Report = Callable[[str, int], None]
"""Called with a source and the bytes of it that have arrived."""

_POLL_S = 0.1
_CLIENT_CACHE = ".cache"
"""The folder in which the hub's client keeps metadata of each file."""

_ACCESS_DENIED = re.compile(r"access denied|gated|approval|authenticated|\b40[13]\b", re.IGNORECASE)


def folder_files(record: FetchRecord) -> dict[str, Path]:
    """Return the paths of a fetched repository's files, by name."""
    return {name: record.folder / name for name in record.files}


@dataclass(frozen=True)
class FolderPull:
    """The download of one repository of a model."""

    store: WeightStore
    model: str
    repository: Repository
    report: Report
    stop: Event

    def files(self) -> dict[str, Path]:
        """Return the files by name; fetch them if needed."""
        record = self.repository.record()
        if record and record.is_intact():
            return folder_files(record)
        name = (
            f"repository-{self.repository.local_folder.name}" if self.repository.sources else "none"
        )
        with self.store.lock_named(name, self.stop, self._report_waiting):
            record = self.repository.record()
            if not (record and record.is_intact()):
                record = self._fetch(record)
            return folder_files(record)

    def _fetch(self, previous: FetchRecord | None) -> FetchRecord:
        failures: list[str] = []
        hints: list[str] = []
        for source in self.repository.sources:
            try:
                return self._fetch_from(source, previous)
            except SourceError as error:
                failures.append(f"{source}: {error.message}")
                hints.append(error.hint)
        raise SourceError(
            f"{self.repository.name!r} of {self.model!r} could not be fetched from "
            + ("; ".join(failures) or "any source: the profile allows none of its sources"),
            hint=next(filter(None, hints), "check the network, then run `batuta models pull`"),
        )

    def _fetch_from(self, source: WeightUri, previous: FetchRecord | None) -> FetchRecord:
        if source.kind == "file":
            folder = Path(source.path).expanduser()
            if not folder.is_dir():
                raise SourceError(f"there is no folder {str(folder)!r}")
            record = self._make_record(source, folder, "", previous)
        else:
            folder = self.repository.local_folder
            self._check_room(folder)
            revision = (
                previous.commit if previous and previous.commit else self._sibling_commit(source)
            )
            self._download(source, revision, folder)
            record = self._make_record(source, folder, _downloaded_commit(folder), previous)
        path = self.repository.record_path
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + ".tmp")
        unfinished.write_text(record.model_dump_json(indent=1))
        unfinished.replace(path)
        self.report(str(source), self.repository.bytes)
        return record

    def _sibling_commit(self, source: WeightUri) -> str:
        """Return the commit of other files in this folder, else the card's revision."""
        for path in self.repository.local_folder.parent.glob(
            f"{self.repository.local_folder.name}.*.json"
        ):
            return FetchRecord.model_validate_json(path.read_bytes()).commit or source.version
        return source.version

    def _download(self, source: WeightUri, revision: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        command = hub_folder_command(source, revision, folder, self.repository.files)
        with (
            tempfile.TemporaryDirectory(prefix="batuta-hub-") as scratch,
            ThreadPoolExecutor(1, "pull") as worker,
        ):
            fetch = worker.submit(run_client, command, Path(scratch), self.stop)
            try:
                self._await(fetch, source, folder)
            except DiskFull as error:
                raise self._no_room(f" ({error})") from error
            except SourceError as error:
                if not _ACCESS_DENIED.search(error.message):
                    raise
                raise SourceError(
                    error.message,
                    hint=f"accept its licence at https://huggingface.co/{source.package}, make a "
                    "key at https://huggingface.co/settings/tokens, then run: hf auth login",
                ) from error

    def _await(self, fetch: Future[None], source: WeightUri, folder: Path) -> None:
        while True:
            try:
                return fetch.result(timeout=_POLL_S)
            except StillRunning:
                self.report(str(source), min(_size_below(folder), self.repository.bytes))

    def _make_record(
        self, source: WeightUri, folder: Path, commit: str, previous: FetchRecord | None
    ) -> FetchRecord:
        names = sorted(_matching_names(folder, self.repository.files))
        if not names:
            raise SourceError(f"no file matches any of {', '.join(self.repository.files)}")
        files = {name: self._verify_file(folder, name, previous) for name in names}
        if previous and (missing := sorted(set(previous.files) - set(files))):
            raise SourceError(f"it no longer has {', '.join(missing)}")
        return FetchRecord(source=str(source), commit=commit, folder=folder, files=files)

    def _verify_file(self, folder: Path, name: str, previous: FetchRecord | None) -> FetchedFile:
        path = folder / name
        status = path.stat()
        before = previous.files.get(name) if previous else None
        if before and (status.st_size, status.st_mtime_ns) == (before.bytes, before.modified_ns):
            return before
        sha256 = sha256_of(path, self.stop)
        pinned = self.repository.sha256.get(name, sha256)
        if pinned != sha256:
            if _hub_hash(folder, name):
                _remove_file(folder, name)
            raise SourceError(
                f"{name} is not what its card says: its sha256 is {sha256}, not {pinned}"
            )
        expected = _hub_hash(folder, name)
        if expected and expected != (sha256 if len(expected) == 64 else _git_hash(path, self.stop)):
            _remove_file(folder, name)
            raise SourceError(
                f"{name} is not what the hub says: its hash is {sha256}, not {expected}"
            )
        if before and before.sha256 != sha256:
            if _hub_hash(folder, name):
                _remove_file(folder, name)
            raise SourceError(
                f"{name} is not what was fetched first: its sha256 is {sha256}, "
                f"not {before.sha256}",
                hint=f"if that is meant, remove {self.repository.record_path} and pull again",
            )
        return FetchedFile(sha256=sha256, bytes=status.st_size, modified_ns=status.st_mtime_ns)

    def _check_room(self, folder: Path) -> None:
        missing = self.repository.bytes - _size_below(folder)
        if missing > self.store.free_bytes():
            raise self._no_room("")

    def _no_room(self, reason: str) -> SourceError:
        return SourceError(
            f"too little disk space for {self.repository.name!r} of {self.model!r}: about "
            f"{self.repository.bytes:,} bytes are needed, {self.store.free_bytes():,} are free in "
            f"{self.store.folder}{reason}",
            hint="free some space, or set BATUTA_HOME to a folder on a larger disk",
        )

    def _report_waiting(self) -> None:
        self.report("another process", _size_below(self.repository.local_folder))


def damaged_files(repository: Repository, stop: Event) -> list[str]:
    """Rehash a repository's files; remove and return those whose content has changed."""
    record = repository.record()
    if record is None:
        return []
    damaged = [
        name
        for name, file in record.files.items()
        if (record.folder / name).exists() and sha256_of(record.folder / name, stop) != file.sha256
    ]
    for name in damaged:
        # A local folder belongs to the user: remove only the record that trusts it.
        if record.folder == repository.local_folder:
            _remove_file(record.folder, name)
        else:
            repository.record_path.unlink(missing_ok=True)
    return damaged


def _matching_names(folder: Path, patterns: tuple[str, ...]) -> Iterator[str]:
    """Yield the files that match a pattern as the hub's client does: `*` also matches a slash."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if name.parts[0] == _CLIENT_CACHE or not path.is_file():
            continue
        if any(fnmatch(name.as_posix(), pattern) for pattern in patterns):
            yield name.as_posix()


def _metadata(folder: Path, name: str) -> Path:
    return folder / _CLIENT_CACHE / "huggingface" / "download" / f"{name}.metadata"


def _hub_hash(folder: Path, name: str) -> str:
    """Return the hub's hash of a file: a sha256 for large files, a git hash for small ones."""
    try:
        digest = _metadata(folder, name).read_text().split()[1]
    except (OSError, IndexError):
        return ""
    return digest if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", digest) else ""


def _downloaded_commit(folder: Path) -> str:
    for path in (folder / _CLIENT_CACHE).rglob("*.metadata"):
        return path.read_text().split()[0]
    return ""


def _remove_file(folder: Path, name: str) -> None:
    (folder / name).unlink(missing_ok=True)
    _metadata(folder, name).unlink(missing_ok=True)


def _git_hash(path: Path, stop: Event) -> str:
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            if stop.is_set():
                raise Cancelled("the pull was stopped")
            digest.update(chunk)
    return digest.hexdigest()


def _size_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # a temporary file of the client
            continue
    return total
