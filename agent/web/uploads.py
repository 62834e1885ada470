"""Files a visitor gives: bounded, opened by content, and refused with a sentence each.

What is accepted was decoded in another process (tools/media/isolated/). Only its picture, sound,
film or text is stored: where it was made, by whom and with which camera is left behind.
Names and sentences are plain text: escape them where they are shown.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.errors import InputError
from tools.media.base import Media
from tools.media.media_limits import Limits
from tools.media.open_untrusted import open_media

LONGEST_NAME = 60
"""Characters of a file's name that are shown."""


@dataclass(frozen=True)
class UploadLimits:
    """The most that one request may bring: so many files, so many bytes in all, and each file."""

    count: int = 10
    bytes: int = 200_000_000
    each: Limits = field(
        default_factory=lambda: Limits(file_bytes=100_000_000, pixels=40_000_000, seconds=600)
    )


@dataclass(frozen=True)
class Upload:
    """A file that can be used: where it lies, what to call it, and what it holds."""

    path: Path
    name: str
    content: Media | str

    @property
    def kind(self) -> str:
        return "text" if isinstance(self.content, str) else self.content.kind


@dataclass(frozen=True)
class Taken:
    """What came of the files; `refused` has one sentence for each that cannot be used."""

    accepted: tuple[Upload, ...]
    refused: tuple[str, ...]


def take_uploads(paths: Sequence[Path | str], limits: UploadLimits | None = None) -> Taken:
    """The files that can be used, in order, and why the others cannot."""
    limits = limits or UploadLimits()
    accepted: list[Upload] = []
    refused: list[str] = []
    room = limits.bytes
    for path in map(Path, paths):
        name = shown_name(path.name)
        if len(accepted) == limits.count:
            refused.append(f"{name!r} is one too many: give at most {limits.count} files at once.")
            continue
        try:
            data = _read(path, name, min(room, limits.each.file_bytes))
            accepted.append(Upload(path, name, open_media(data, name, limits.each)))
            room -= len(data)
        except InputError as error:
            refused.append(_sentence(error))
    return Taken(tuple(accepted), tuple(refused))


def shown_name(name: str) -> str:
    """A file's name without what could mislead a reader: unprintable, overlong, turned round."""
    composed = unicodedata.normalize("NFC", name)
    visible = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in composed)
    if len(visible) <= LONGEST_NAME:
        return visible
    return f"{visible[: LONGEST_NAME - 12]}…{visible[-11:]}"


def _read(path: Path, name: str, room: int) -> bytes:
    try:
        found = path.stat().st_size
        if found > room:
            raise InputError(
                f"{name!r} has {_megabytes(found)}, of which {_megabytes(room)} are still allowed",
                hint="give a smaller or shorter version, or fewer files at once",
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{name!r} did not arrive whole", hint="give it once more") from error


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:,.1f} MB"


def _sentence(error: InputError) -> str:
    hint = error.hint.rstrip(".")
    return f"{error.message.rstrip('.')}: {hint}." if hint else f"{error.message}."
