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
from tools.models.checkpoint_repository import Arrived, Record, Repository
from tools.models.download.registry_clients import NoRoom, hub_folder_command, run_client
from tools.models.download.weight_store import CHUNK_BYTES, Store, sha256_of
from tools.models.weight_uri import Address

Report = Callable[[str, int], None]
"""Called with a source and the bytes of it that have arrived."""

_POLL_S = 0.1
_CLIENTS_OWN = ".cache"
"""The folder in which the hub's client keeps metadata of each file."""

_SHUT = re.compile(r"access denied|gated|approval|authenticated|\b40[13]\b", re.IGNORECASE)


def folder_files(record: Record) -> dict[str, Path]:
    """Return the paths of a fetched repository's files, by name."""
    return {name: record.folder / name for name in record.files}


@dataclass(frozen=True)
class FolderPull:
    """The download of one repository of a model."""

    store: Store
    model: str
    repository: Repository
    report: Report
    stop: Event

    def files(self) -> dict[str, Path]:
        """Return the files by name; fetch them if needed."""
        known = self.repository.record()
        if known and known.intact():
            return folder_files(known)
        name = f"repository-{self.repository.place.name}" if self.repository.sources else "none"
        with self.store.lock_named(name, self.stop, self._report_waiting):
            known = self.repository.record()
            if not (known and known.intact()):
                known = self._from_any_source(known)
            return folder_files(known)

    def _from_any_source(self, known: Record | None) -> Record:
        failures: list[str] = []
        hints: list[str] = []
        for source in self.repository.sources:
            try:
                return self._from(source, known)
            except SourceError as error:
                failures.append(f"{source}: {error.message}")
                hints.append(error.hint)
        raise SourceError(
            f"{self.repository.name!r} of {self.model!r} could not be fetched from "
            + ("; ".join(failures) or "any source: the profile allows none of its sources"),
            hint=next(filter(None, hints), "check the network, then run `batuta models pull`"),
        )

    def _from(self, source: Address, known: Record | None) -> Record:
        if source.kind == "file":
            folder = Path(source.path).expanduser()
            if not folder.is_dir():
                raise SourceError(f"there is no folder {str(folder)!r}")
            record = self._recorded(source, folder, "", known)
        else:
            folder = self.repository.place
            self._check_room(folder)
            revision = known.commit if known and known.commit else self._sibling_commit(source)
            self._download(source, revision, folder)
            record = self._recorded(source, folder, _commit_of(folder), known)
        path = self.repository.record_path
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + ".tmp")
        unfinished.write_text(record.model_dump_json(indent=1))
        unfinished.replace(path)
        self.report(str(source), self.repository.bytes)
        return record

    def _sibling_commit(self, source: Address) -> str:
        """Return the commit of other files in this folder, else the card's revision."""
        for path in self.repository.place.parent.glob(f"{self.repository.place.name}.*.json"):
            return Record.model_validate_json(path.read_bytes()).commit or source.version
        return source.version

    def _download(self, source: Address, revision: str, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        command = hub_folder_command(source, revision, folder, self.repository.files)
        with (
            tempfile.TemporaryDirectory(prefix="batuta-hub-") as scratch,
            ThreadPoolExecutor(1, "pull") as worker,
        ):
            fetch = worker.submit(run_client, command, Path(scratch), self.stop)
            try:
                self._await(fetch, source, folder)
            except NoRoom as error:
                raise self._no_room(f" ({error})") from error
            except SourceError as error:
                if not _SHUT.search(error.message):
                    raise
                raise SourceError(
                    error.message,
                    hint=f"accept its licence at https://huggingface.co/{source.package}, make a "
                    "key at https://huggingface.co/settings/tokens, then run: hf auth login",
                ) from error

    def _await(self, fetch: Future[None], source: Address, folder: Path) -> None:
        while True:
            try:
                return fetch.result(timeout=_POLL_S)
            except StillRunning:
                self.report(str(source), min(_size_below(folder), self.repository.bytes))

    def _recorded(self, source: Address, folder: Path, commit: str, known: Record | None) -> Record:
        names = sorted(_names(folder, self.repository.files))
        if not names:
            raise SourceError(f"no file matches any of {', '.join(self.repository.files)}")
        files = {name: self._checked(folder, name, known) for name in names}
        if known and (missing := sorted(set(known.files) - set(files))):
            raise SourceError(f"it no longer has {', '.join(missing)}")
        return Record(source=str(source), commit=commit, folder=folder, files=files)

    def _checked(self, folder: Path, name: str, known: Record | None) -> Arrived:
        path = folder / name
        status = path.stat()
        before = known.files.get(name) if known else None
        if before and (status.st_size, status.st_mtime_ns) == (before.bytes, before.modified_ns):
            return before
        found = sha256_of(path, self.stop)
        told = _told_by_hub(folder, name)
        if told and told != (found if len(told) == 64 else _git_hash(path, self.stop)):
            _forget(folder, name)
            raise SourceError(f"{name} is not what the hub says: its hash is {found}, not {told}")
        if before and before.sha256 != found:
            if _told_by_hub(folder, name):
                _forget(folder, name)
            raise SourceError(
                f"{name} is not what was fetched first: its sha256 is {found}, not {before.sha256}",
                hint=f"if that is meant, remove {self.repository.record_path} and pull again",
            )
        return Arrived(sha256=found, bytes=status.st_size, modified_ns=status.st_mtime_ns)

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
        self.report("another process", _size_below(self.repository.place))


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
        if record.folder == repository.place:
            _forget(record.folder, name)
        else:
            repository.record_path.unlink(missing_ok=True)
    return damaged


def _names(folder: Path, patterns: tuple[str, ...]) -> Iterator[str]:
    """Yield the files that match a pattern as the hub's client does: `*` also matches a slash."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder)
        if name.parts[0] == _CLIENTS_OWN or not path.is_file():
            continue
        if any(fnmatch(name.as_posix(), pattern) for pattern in patterns):
            yield name.as_posix()


def _metadata(folder: Path, name: str) -> Path:
    return folder / _CLIENTS_OWN / "huggingface" / "download" / f"{name}.metadata"


def _told_by_hub(folder: Path, name: str) -> str:
    """Return the hub's hash of a file: a sha256 for large files, a git hash for small ones."""
    try:
        told = _metadata(folder, name).read_text().split()[1]
    except (OSError, IndexError):
        return ""
    return told if re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", told) else ""


def _commit_of(folder: Path) -> str:
    for path in (folder / _CLIENTS_OWN).rglob("*.metadata"):
        return path.read_text().split()[0]
    return ""


def _forget(folder: Path, name: str) -> None:
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
