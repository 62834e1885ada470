"""One file to decode, as the parent asks for it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Self

from tools.media.formats import Format
from tools.media.isolated.bounds import Bounds
from tools.media.isolated.messages import Header
from tools.media.media_limits import Limits


@dataclass(frozen=True)
class Job:
    """What the file is called, what it seems to be, and how much it may take."""

    name: str
    format: Format
    limits: Limits
    bounds: Bounds

    def to_header(self) -> Header:
        """Return the header of the message that asks for it."""
        return asdict(self)

    @classmethod
    def from_header(cls, header: Header) -> Self:
        """Return the job that `to_header` wrote; the parent is trusted."""
        return cls(
            header["name"],
            Format(**header["format"]),
            Limits(**header["limits"]),
            Bounds(**header["bounds"]),
        )
