"""Uploaded files: limited in size, opened by content, refused with a reason.

Accepted files are decoded in another process (tools/media/isolated/). Only the image, audio, video
or text is stored: metadata such as place, author and camera is dropped.
Names and reasons are plain text: escape them where they are rendered.
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
from tools.media.video import Video

MAX_NAME_LENGTH = 60
"""Displayed characters of a file's name."""


@dataclass(frozen=True)
class UploadLimits:
    """Limits of one request: number of files, total size, and per file."""

    count: int = 10
    total_bytes: int = 200_000_000
    per_file: Limits = field(
        default_factory=lambda: Limits(file_bytes=100_000_000, pixels=40_000_000, seconds=600)
    )


@dataclass(frozen=True)
class Upload:
    """An accepted file: its path, display name and content."""

    path: Path
    name: str
    content: Media | str

    @property
    def note(self) -> str:
        """How the content was reduced when it was opened, or an empty string."""
        return self.content.note if isinstance(self.content, Video) else ""

    @property
    def kind(self) -> str:
        return "text" if isinstance(self.content, str) else self.content.kind


@dataclass(frozen=True)
class UploadResult:
    """The accepted files, and one sentence for each refused file."""

    accepted: tuple[Upload, ...]
    refused: tuple[str, ...]


def open_uploads(paths: Sequence[Path | str], limits: UploadLimits | None = None) -> UploadResult:
    """Open the files in order; return accepted files and reasons for refusal."""
    limits = limits or UploadLimits()
    accepted: list[Upload] = []
    refused: list[str] = []
    remaining = limits.total_bytes
    for path in map(Path, paths):
        name = display_name(path.name)
        if len(accepted) == limits.count:
            refused.append(
                f"{name!r} is one too many: attach at most {limits.count} files at once."
            )
            continue
        try:
            data = _read(path, name, min(remaining, limits.per_file.file_bytes))
            accepted.append(Upload(path, name, open_media(data, name, limits.per_file)))
            remaining -= len(data)
        except InputError as error:
            refused.append(_sentence(error))
    return UploadResult(tuple(accepted), tuple(refused))


def display_name(name: str) -> str:
    """Return a file's name without unprintable characters, shortened if necessary."""
    composed = unicodedata.normalize("NFC", name)
    visible = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in composed)
    if len(visible) <= MAX_NAME_LENGTH:
        return visible
    return f"{visible[: MAX_NAME_LENGTH - 12]}…{visible[-11:]}"


def _read(path: Path, name: str, remaining: int) -> bytes:
    try:
        size = path.stat().st_size
        if size > remaining:
            raise InputError(
                f"{name!r} has {_megabytes(size)}; {_megabytes(remaining)} are still allowed",
                hint="attach a smaller or shorter version, or fewer files at once",
            )
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{name!r} was not uploaded completely", hint="attach it again") from error


def _megabytes(count: int) -> str:
    return f"{count / 1_000_000:,.1f} MB"


def _sentence(error: InputError) -> str:
    hint = error.hint.rstrip(".")
    return f"{error.message.rstrip('.')}: {hint}." if hint else f"{error.message}."
