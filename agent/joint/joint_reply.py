"""The reply of a joint model: text, and conditioning vectors for generators."""

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
    """One answer of a joint model."""

    text: str
    told: Mapping[Medium, Embedding] = field(default_factory=dict[Medium, Embedding])
    """The vectors that condition the generator of each medium."""
    sought: Embedding | None = None
    """The retrieval query for an image, if one is to be retrieved instead of generated."""
    tokens_read: int = 0
    tokens_written: int = 0
    looks: tuple[Look, ...] = ()
    """The attention to each medium that was read, in order."""

    def in_words(self) -> str:
        """Return the text and the first signal of each medium it requests."""
        return " ".join([self.text, *(f"<{medium}_0> …" for medium in self.told)])

    def as_values(self) -> list[Value]:
        """Return the plan values that tools return and traces store."""
        pairs = [part for pair in self.told.items() for part in pair]
        sought = [self.sought] if self.sought else []
        looks: list[Value] = [[look.share, look.things] for look in self.looks]
        return [self.text, self.tokens_read, self.tokens_written, sought, looks, *pairs]

    @classmethod
    def of(cls, values: list[Value]) -> Reply:
        """Rebuild a reply from its plan values."""
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
