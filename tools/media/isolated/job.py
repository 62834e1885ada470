"""The decode job that the parent sends for one file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Literal, Self

from tools.media.base import Media
from tools.media.formats import Format
from tools.media.isolated.bounds import Bounds
from tools.media.isolated.messages import Header
from tools.media.media_limits import Limits

Decoded = Media | str | int
"""What a file becomes: a medium, text, or the number of pages of a document."""


@dataclass(frozen=True)
class Reading:
    """What to read of a document: only its pages' number, or text or image of pages from 1."""

    task: Literal["open", "text", "image"] = "open"
    pages: tuple[int, ...] = ()


@dataclass(frozen=True)
class DecodeJob:
    """The name and detected format of a file, limits for decoding it, and what to read of it."""

    name: str
    format: Format
    limits: Limits
    bounds: Bounds
    reading: Reading = field(default_factory=Reading)

    def to_header(self) -> Header:
        """Return the message header for this job."""
        return asdict(self)

    @classmethod
    def from_header(cls, header: Header) -> Self:
        """Return the job of a header from `to_header`; the parent is trusted."""
        return cls(
            header["name"],
            Format(**header["format"]),
            Limits(**header["limits"]),
            Bounds(**header["bounds"]),
            Reading(header["reading"]["task"], tuple(header["reading"]["pages"])),
        )
