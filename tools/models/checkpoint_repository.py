"""A published folder of files that one checkpoint is made of, and the record of what arrived.

Most repositories of a model hub are named by a branch, whose content may change. So what a branch
led to at the first fetch is written down beside the files: the commit, and the sha256 of each file.
From then on nothing else is accepted under that name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

from tools.home import home
from tools.models.weight_uri import Address


class Arrived(BaseModel, frozen=True):
    """One file as it was when it was fetched and checked."""

    sha256: str
    bytes: int
    modified_ns: int


class Record(BaseModel, frozen=True):
    """What a repository was when it was first fetched."""

    source: str
    commit: str
    folder: Path
    files: Mapping[str, Arrived]

    def intact(self) -> bool:
        """Whether every file is here and has not been touched since."""
        return all(_untouched(self.folder / name, file) for name, file in self.files.items())


@dataclass(frozen=True)
class Repository:
    """Where a folder of files can be had, and which of them are needed."""

    sources: tuple[Address, ...]
    files: tuple[str, ...]
    """Patterns such as `*.json` and `transformer/*.safetensors`."""
    bytes: int
    """About what these files take; the record of a fetch is exact."""
    folder: str = ""
    """Below which name the adapter finds them, for a model made of several repositories."""
    gated: bool = False
    """Whether the hub gives it only to those who accepted its licence there."""

    @property
    def name(self) -> str:
        return self.sources[0].package or self.sources[0].path if self.sources else ""

    @property
    def commit(self) -> str:
        """The commit that was fetched, or else the revision that would be."""
        record = self.record()
        return record.commit if record else self.sources[0].version if self.sources else ""

    @property
    def place(self) -> Path:
        """The folder that what a hub sends is kept in."""
        return home() / "weights" / "repositories" / _slug(self.sources[0])

    @property
    def record_path(self) -> Path:
        needed = hashlib.sha256("\n".join(self.files).encode()).hexdigest()[:8]
        return self.place.with_name(f"{self.place.name}.{needed}.json")

    def record(self) -> Record | None:
        """What was written down at the first fetch."""
        if not self.sources:
            return None
        try:
            return Record.model_validate_json(self.record_path.read_bytes())
        except (OSError, ValidationError):
            return None

    @property
    def present(self) -> bool:
        record = self.record()
        return record is not None and record.intact()


def _slug(source: Address) -> str:
    if source.kind == "file":
        digest = hashlib.sha256(source.path.encode()).hexdigest()[:8]
        return f"{Path(source.path).name}@{digest}"
    return f"{source.package.replace('/', '--')}@{source.version}"


def _untouched(path: Path, file: Arrived) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (file.bytes, file.modified_ns)
