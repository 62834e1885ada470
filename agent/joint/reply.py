"""What a joint model answers: words, and what it tells generators instead of words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from agent.joint.shape import Medium
from tools import Embedding
from tools.types import Value


@dataclass(frozen=True)
class Reply:
    """One answer. `told` is what each medium that it makes shall be like."""

    text: str
    told: Mapping[Medium, Embedding] = field(default_factory=dict[Medium, Embedding])
    tokens_read: int = 0
    tokens_written: int = 0

    def as_values(self) -> list[Value]:
        """As a tool gives it, and a trace keeps it."""
        pairs = [part for pair in self.told.items() for part in pair]
        return [self.text, self.tokens_read, self.tokens_written, *pairs]

    @classmethod
    def of(cls, values: list[Value]) -> Reply:
        text, read, written, *pairs = values
        media, told = cast("list[Medium]", pairs[::2]), cast("list[Embedding]", pairs[1::2])
        return cls(
            cast("str", text),
            dict(zip(media, told, strict=True)),
            cast("int", read),
            cast("int", written),
        )
