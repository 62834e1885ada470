"""Read published files from the evaluator's folder, and check their sha256."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tools.errors import InputError

_DIGESTS_FILE = Path(__file__).parents[1] / "data" / "published.toml"


def read_published(path: Path, *, any_version: bool = False) -> list[dict[str, Any]]:
    """Read a file of JSON lines or a JSON list.

    A file whose name is in data/published.toml must have one of the digests there.
    """
    data = _bytes(path)
    digests = _digests().get(path.name, ())
    if digests and not any_version and hashlib.sha256(data).hexdigest() not in digests:
        raise InputError(
            f"{str(path)!r} is not what was published under that name: its sha256 is "
            f"{hashlib.sha256(data).hexdigest()!r}",
            hint="fetch it again, or accept it with: --set any_version=1",
        )
    return list(_objects(path, data.decode("utf-8")))


def digest_of_file(path: Path) -> str:
    """Return the sha256 of a file, which the run's log records."""
    return hashlib.sha256(_bytes(path)).hexdigest()


def find_file(folder: Path, pattern: str) -> Path:
    """Return the only file of the folder whose name matches the pattern."""
    matches = [path for path in sorted(folder.glob("*")) if re.fullmatch(pattern, path.name)]
    if len(matches) != 1:
        raise InputError(
            f"{len(matches)} files in {str(folder)!r} have a name like {pattern!r}; needed: one",
            hint="name the folder that holds the published files with --data",
        )
    return matches[0]


def _objects(path: Path, text: str) -> Iterator[dict[str, Any]]:
    try:
        if text.lstrip().startswith("["):
            yield from json.loads(text)
            return
        for line in text.splitlines():
            if line.strip():
                yield json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(
            f"{str(path)!r} is not one JSON object a line: {error}", hint="fetch it again"
        ) from error


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{str(path)!r} cannot be read: {error}",
            hint="name the folder that holds the published files with --data",
        ) from error


@cache
def _digests() -> dict[str, list[str]]:
    return tomllib.loads(_DIGESTS_FILE.read_text(encoding="utf-8"))["sha256"]
