"""What a joint model answers: words, and what it tells generators instead of words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from agent.joint.attention_probe import Look
from agent.joint.joint_config import Medium
from tools import Boxes, Embedding
from tools.sdk.plan_types import Value


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
    looks: tuple[Look, ...] = ()
    """How much it looked at each medium that it read, in their order."""

    def in_words(self) -> str:
        """What it says, and the first signal for each medium that it asks for."""
        return " ".join([self.text, *(f"<{medium}_0> …" for medium in self.told)])

    def as_values(self) -> list[Value]:
        """As a tool gives it, and a trace keeps it."""
        pairs = [part for pair in self.told.items() for part in pair]
        sought = [self.sought] if self.sought else []
        looks: list[Value] = [[look.share, look.things] for look in self.looks]
        return [self.text, self.tokens_read, self.tokens_written, sought, looks, *pairs]

    @classmethod
    def of(cls, values: list[Value]) -> Reply:
        text, read, written, sought, looks, *pairs = values
        media, told = cast("list[Medium]", pairs[::2]), cast("list[Embedding]", pairs[1::2])
        return cls(
            cast("str", text),
            dict(zip(media, told, strict=True)),
            next(iter(cast("list[Embedding]", sought)), None),
            cast("int", read),
            cast("int", written),
            tuple(Look(*each) for each in cast("list[tuple[float, Boxes]]", looks)),
        )
