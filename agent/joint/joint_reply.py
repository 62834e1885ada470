"""The reply of a joint model: text, and conditioning vectors for generators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast, get_args

from agent.joint.attention_view import MediumAttention
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
        """Return the plan values that traces store: pairs of name and value."""
        attention: list[Value] = [[medium.share, medium.objects] for medium in self.attention]
        fields: dict[str, Value] = {
            "text": self.text,
            "tokens_read": self.tokens_read,
            "tokens_written": self.tokens_written,
            "attention": attention,
            **({"query": self.query} if self.query else {}),
            **self.conditioning,
        }
        return [[name, value] for name, value in fields.items()]

    @classmethod
    def from_values(cls, values: list[Value]) -> JointReply:
        """Rebuild a reply from its plan values."""
        # Older traces hold the values alone, by position.
        pairs = values if isinstance(values[0], list) else _pairs_by_position(values)
        fields = dict(cast("list[tuple[str, Value]]", pairs))
        attention = cast("list[tuple[float, Boxes]]", fields["attention"])
        media = cast("list[Medium]", [name for name in fields if name in get_args(Medium)])
        return cls(
            cast("str", fields["text"]),
            {medium: cast("Embedding", fields[medium]) for medium in media},
            cast("Embedding | None", fields.get("query")),
            cast("int", fields["tokens_read"]),
            cast("int", fields["tokens_written"]),
            tuple(MediumAttention(*row) for row in attention),
        )


def _pairs_by_position(values: list[Value]) -> list[tuple[str, Value]]:
    text, tokens_read, tokens_written, query, attention, *conditioning = values
    media = cast("list[str]", conditioning[::2])
    return [
        ("text", text),
        ("tokens_read", tokens_read),
        ("tokens_written", tokens_written),
        ("query", next(iter(cast("list[Embedding]", query)), None)),
        ("attention", attention),
        *zip(media, conditioning[1::2], strict=True),
    ]
