"""What a joint model answers: words, and what it tells generators instead of words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from agent.joint.shape import Medium
from tools import Box, Embedding
from tools.types import Value

_BOX = re.compile(r"\[(\d+), (\d+), (\d+), (\d+)\]")


def box_in(text: str) -> Box | None:
    """The box that an answer consists of, in parts of a hundred; None if it is none."""
    found = _BOX.fullmatch(text)
    left, top, right, bottom = map(int, found.groups()) if found else (0, 0, 0, 0)
    return Box(left, top, right, bottom) if left < right <= 100 and top < bottom <= 100 else None


@dataclass(frozen=True)
class Reply:
    """One answer."""

    text: str
    told: Mapping[Medium, Embedding] = field(default_factory=dict[Medium, Embedding])
    """What each medium that it makes shall be like."""
    sought: Embedding | None = None
    """Where its picture would lie among known ones, if it is rather to be found than made."""
    tokens_read: int = 0
    tokens_written: int = 0

    def as_values(self) -> list[Value]:
        """As a tool gives it, and a trace keeps it."""
        pairs = [part for pair in self.told.items() for part in pair]
        sought = [self.sought] if self.sought else []
        return [self.text, self.tokens_read, self.tokens_written, sought, *pairs]

    @classmethod
    def of(cls, values: list[Value]) -> Reply:
        text, read, written, sought, *pairs = values
        media, told = cast("list[Medium]", pairs[::2]), cast("list[Embedding]", pairs[1::2])
        return cls(
            cast("str", text),
            dict(zip(media, told, strict=True)),
            next(iter(cast("list[Embedding]", sought)), None),
            cast("int", read),
            cast("int", written),
        )
