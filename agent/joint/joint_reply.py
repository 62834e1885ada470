"""The reply of a joint model: text, and conditioning vectors for generators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from agent.joint.attention_probe import MediumAttention
from agent.joint.joint_config import Medium
from tools import Boxes, Embedding
from tools.sdk.plan_types import Value


@dataclass(frozen=True)
class JointReply:
    """One answer of a joint model."""

    text: str
    conditioning: Mapping[Medium, Embedding] = field(default_factory=dict[Medium, Embedding])
    """The vectors that condition the generator of each medium."""
    query: Embedding | None = None
    """The retrieval query for an image, if one is to be retrieved instead of generated."""
    tokens_read: int = 0
    tokens_written: int = 0
    attention: tuple[MediumAttention, ...] = ()
    """The attention to each medium that was read, in order."""

    def as_text(self) -> str:
        """Return the text and the first signal of each medium it requests."""
        return " ".join([self.text, *(f"<{medium}_0> …" for medium in self.conditioning)])

    def as_values(self) -> list[Value]:
        """Return the plan values that tools return and traces store."""
        pairs = [part for pair in self.conditioning.items() for part in pair]
        query = [self.query] if self.query else []
        attention: list[Value] = [[medium.share, medium.objects] for medium in self.attention]
        return [self.text, self.tokens_read, self.tokens_written, query, attention, *pairs]

    @classmethod
    def from_values(cls, values: list[Value]) -> JointReply:
        """Rebuild a reply from its plan values."""
        text, tokens_read, tokens_written, query, attention, *pairs = values
        media, conditioning = cast("list[Medium]", pairs[::2]), cast("list[Embedding]", pairs[1::2])
        return cls(
            cast("str", text),
            dict(zip(media, conditioning, strict=True)),
            next(iter(cast("list[Embedding]", query)), None),
            cast("int", tokens_read),
            cast("int", tokens_written),
            tuple(MediumAttention(*row) for row in cast("list[tuple[float, Boxes]]", attention)),
        )
