"""Dialogues as a joint model reads them: token ids and media features."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

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
    """A part of a conversation: a named medium, or text."""

    value: Value
    name: str = ""


@dataclass(frozen=True)
class Exchange:
    """A request with its media, and its answer unless pending."""

    media: tuple[Image | Video | Audio, ...]
    request: str
    answer: str | None = None


def exchanges_of(values: Sequence[Value]) -> list[Exchange]:
    """Split a flat list into exchanges: media, request, answer, media, request, …

    The images of a folder are one list; they are not read, only retrieved from.
    """
    exchanges: list[Exchange] = []
    media: list[Image | Video | Audio] = []
    request: str | None = None
    for value in values:
        if isinstance(value, Image | Video | Audio):
            media.append(value)
        elif isinstance(value, list):
            continue
        elif not isinstance(value, str):
            raise BadArgument(
                f"a joint model reads pictures, films, sounds and text, not {format_value(value)}",
                hint="choose another language model",
            )
        elif request is None:
            request = value
        else:
            exchanges.append(Exchange(tuple(media), request, value))
            media, request = [], None
    if request is not None:
        exchanges.append(Exchange(tuple(media), request))
    return exchanges[-MAX_EXCHANGES:]


def group_images(dialogue: Sequence[Part]) -> list[Part]:
    """Group each long run of images into one folder."""
    grouped_parts: list[Part] = []
    for is_image, group in groupby(dialogue, lambda part: isinstance(part.value, Image)):
        parts = list(group)
        if is_image and len(parts) > MAX_IMAGES:
            name = f"{parts[0].name} … {parts[-1].name}"
            parts = [Part([part.value for part in parts], name)]
        grouped_parts += parts
    return grouped_parts


def recent_media(dialogue: Sequence[Part]) -> list[Part]:
    """Return the media of the exchanges that are read, in order."""
    count = sum(len(exchange.media) for exchange in exchanges_of([part.value for part in dialogue]))
    media = [part for part in dialogue if isinstance(part.value, Image | Video | Audio)]
    return media[len(media) - count :]


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
