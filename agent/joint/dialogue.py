"""Dialogues as a joint model reads them: token ids and media features."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Protocol, TypeGuard, cast

from agent.joint.joint_config import Medium
from agent.plan import format_value
from tools import Audio, Image, Video
from tools.errors import BadArgument
from tools.sdk.plan_types import Value

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

MAX_EXCHANGES = 4
"""Exchanges that are read; earlier ones are dropped."""


MAX_IMAGES = 3
"""Images of one request that are read; a longer run is a folder to retrieve from."""


class MediaIds(Protocol):
    """Source of the token ids of media, such as a JointNetwork."""

    def slots_of(self, medium: Medium) -> list[int]: ...


@dataclass(frozen=True)
class Part:
    """A named medium, mark or folder of a request."""

    value: Value
    name: str


@dataclass(frozen=True)
class NamedExchange:
    """A request with its named media, and its answer unless pending."""

    media: tuple[Part, ...]
    request: str
    answer: str | None = None


@dataclass(frozen=True)
class Exchange:
    """An exchange as a joint model reads it."""

    media: tuple[Image | Video | Audio, ...]
    request: str
    answer: str | None = None

    def as_value(self) -> Value:
        """Return the plan value that lineages and cache keys hold: media, request, answer."""
        return [list(self.media), self.request, self.answer]

    @classmethod
    def from_value(cls, value: Value) -> Exchange:
        media, request, answer = cast("tuple[list[Image | Video | Audio], str, str | None]", value)
        return cls(tuple(media), request, answer)


def read_exchanges(dialogue: Sequence[NamedExchange]) -> list[Exchange]:
    """Return the latest exchanges as a joint model reads them.

    Folders and texts are not read.
    """
    return [
        Exchange(
            tuple(part.value for part in exchange.media if _is_read(part.value)),
            exchange.request,
            exchange.answer,
        )
        for exchange in dialogue[-MAX_EXCHANGES:]
    ]


def recent_media(dialogue: Sequence[NamedExchange]) -> list[Part]:
    """Return the media of the exchanges that are read, in order."""
    exchanges = dialogue[-MAX_EXCHANGES:]
    return [part for exchange in exchanges for part in exchange.media if _is_read(part.value)]


def _is_read(value: Value) -> TypeGuard[Image | Video | Audio]:
    if isinstance(value, Image | Video | Audio):
        return True
    if isinstance(value, list | str):
        return False
    raise BadArgument(
        f"a joint model reads pictures, films, sounds and text, not {format_value(value)}",
        hint="choose another language model",
    )


def group_images(exchange: NamedExchange) -> NamedExchange:
    """Group each long run of images into one folder."""
    media: list[Part] = []
    for is_image, group in groupby(exchange.media, lambda part: isinstance(part.value, Image)):
        parts = list(group)
        if is_image and len(parts) > MAX_IMAGES:
            name = f"{parts[0].name} … {parts[-1].name}"
            parts = [Part([part.value for part in parts], name)]
        media += parts
    return replace(exchange, media=tuple(media))


def encode_request(
    kinds: Iterable[Medium], request: str, tokenizer: PreTrainedTokenizerBase, ids: MediaIds
) -> list[int]:
    """Encode a request with its media slots, up to the end token."""
    slots = [slot for kind in kinds for slot in ids.slots_of(kind)]
    return [*slots, *encode_text(request, tokenizer), end_id(tokenizer)]


def encode_text(text: str, tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """Tokenize text; special tokens in it are read as plain characters."""
    return tokenizer(text, add_special_tokens=False, split_special_tokens=True).input_ids


def end_id(tokenizer: PreTrainedTokenizerBase) -> int:
    """Return the id that ends each request and each answer."""
    assert isinstance(tokenizer.eos_token_id, int)
    return tokenizer.eos_token_id
