"""A checkpoint repository: a published folder of weight files, and the record of its first fetch.

Most cards name a hub repository by a branch, whose content may change. The first fetch therefore
records the commit and the sha256 of each file; later fetches accept nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    PositiveInt,
    TypeAdapter,
    ValidationError,
)
from pydantic.dataclasses import dataclass

from tools.models.weight_uri import WeightUri, parse_folder

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class FetchedFile(BaseModel, frozen=True):
    """The sha256, size and modification time of one fetched file."""

    sha256: str
    bytes: int
    modified_ns: int


class FetchRecord(BaseModel, frozen=True):
    """The commit and files of a repository at its first fetch."""

    source: str
    commit: str
    folder: Path
    files: Mapping[str, FetchedFile]

    def is_intact(self) -> bool:
        """Return whether every file is present and unmodified."""
        return all(_is_unmodified(self.folder / name, file) for name, file in self.files.items())


_SOURCE_LINES = TypeAdapter(list[InstanceOf[WeightUri] | str])


def _parse_sources(value: object) -> tuple[WeightUri, ...]:
    lines = _SOURCE_LINES.validate_python(value)
    return tuple(line if isinstance(line, WeightUri) else parse_folder(line) for line in lines)


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Repository:
    """The sources of a checkpoint folder, and which of its files are needed."""

    sources: Annotated[tuple[InstanceOf[WeightUri], ...], BeforeValidator(_parse_sources)]
    """None is left where a profile allows none of them."""
    weights_folder: Path
    """The folder of all weights, for the files and the record of a fetch."""
    files: Annotated[tuple[str, ...], Field(min_length=1)]
    """Patterns such as `*.json` and `transformer/*.safetensors`."""
    bytes: PositiveInt
    """The approximate size of these files; the record of a fetch is exact."""
    folder: Annotated[str, Field(pattern=r"^(\w[\w.-]*)?$")] = ""
    """The name prefix for the adapter, where a model consists of several repositories."""
    gated: bool = False
    """Whether the hub requires accepting its licence before a download."""
    branch: str = ""
    """The branch or tag that led to the commit, where `batuta models add` wrote the card."""
    sha256: Mapping[str, Sha256] = field(default_factory=dict[str, str], hash=False)
    """The hashes of files that the card knows; the record of a fetch has all."""

    @property
    def name(self) -> str:
        return self.sources[0].package or self.sources[0].path if self.sources else ""

    @property
    def commit(self) -> str:
        """The fetched commit, or the revision that a fetch would ask for."""
        record = self.record()
        return record.commit if record else self.sources[0].version if self.sources else ""

    @property
    def local_folder(self) -> Path:
        """The local folder for files from a hub."""
        return self.weights_folder / "repositories" / _slug(self.sources[0])

    @property
    def record_path(self) -> Path:
        pattern_digest = hashlib.sha256("\n".join(self.files).encode()).hexdigest()[:8]
        return self.local_folder.with_name(f"{self.local_folder.name}.{pattern_digest}.json")

    def record(self) -> FetchRecord | None:
        """Return the record of the first fetch; None without a valid one."""
        if not self.sources:
            return None
        try:
            return FetchRecord.model_validate_json(self.record_path.read_bytes())
        except (OSError, ValidationError):
            return None

    @property
    def present(self) -> bool:
        record = self.record()
        return record is not None and record.is_intact()


def _slug(source: WeightUri) -> str:
    if source.kind == "file":
        digest = hashlib.sha256(source.path.encode()).hexdigest()[:8]
        return f"{Path(source.path).name}@{digest}"
    return f"{source.package.replace('/', '--')}@{source.version}"


def _is_unmodified(path: Path, file: FetchedFile) -> bool:
    try:
        status = path.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (file.bytes, file.modified_ns)
