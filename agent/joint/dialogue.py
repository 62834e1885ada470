"""A conversation as the joint model reads it: one row of ids, with what was seen of its media."""

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

MEMORY = 4
"""How many exchanges are read: those before are forgotten."""


MOST_READ = 3
"""Pictures that came with one request are read; more are looked through, as a folder is."""


class Ids(Protocol):
    """What knows the ids of media, as a JointNetwork does."""

    def slots_of(self, medium: Medium) -> list[int]: ...


@dataclass(frozen=True)
class Part:
    """A part of a conversation: a medium under its name, or words that were said."""

    value: Value
    name: str = ""


@dataclass(frozen=True)
class Exchange:
    """A request with its media, and the answer; None where it is still to come."""

    media: tuple[Image | Video | Audio, ...]
    request: str
    answer: str | None = None


def exchanges_of(values: Sequence[Value]) -> list[Exchange]:
    """The exchanges of a flat list: media, request, answer, media, request, …

    The pictures of a folder are one list; these are not read, only found.
    """
    found: list[Exchange] = []
    media: list[Image | Video | Audio] = []
    request: str | None = None
    for value in values:
        if isinstance(value, Image | Video | Audio):
            media.append(value)
        elif isinstance(value, list):
            continue
        elif not isinstance(value, str):
            raise BadArgument(
                "a joint model takes pictures, films, sounds and words, and no "
                f"{format_value(value)}",
                hint="choose another language model",
            )
        elif request is None:
            request = value
        else:
            found.append(Exchange(tuple(media), request, value))
            media, request = [], None
    if request is not None:
        found.append(Exchange(tuple(media), request))
    return found[-MEMORY:]


def with_folders(dialogue: Sequence[Part]) -> list[Part]:
    """The dialogue with many pictures that came together as one folder."""
    found: list[Part] = []
    for is_picture, together in groupby(dialogue, lambda part: isinstance(part.value, Image)):
        parts = list(together)
        if is_picture and len(parts) > MOST_READ:
            name = f"{parts[0].name} … {parts[-1].name}"
            parts = [Part([part.value for part in parts], name)]
        found += parts
    return found


def media_read(dialogue: Sequence[Part]) -> list[Part]:
    """The media that stand in the exchanges which are read, in their order."""
    count = sum(len(each.media) for each in exchanges_of([part.value for part in dialogue]))
    media = [part for part in dialogue if isinstance(part.value, Image | Video | Audio)]
    return media[len(media) - count :]


def write_ids(
    kinds: Iterable[Medium], request: str, tokenizer: PreTrainedTokenizerBase, ids: Ids
) -> list[int]:
    """A request that media of these kinds come with, as far as its end."""
    slots = [slot for kind in kinds for slot in ids.slots_of(kind)]
    return [*slots, *words_of(request, tokenizer), end_of(tokenizer)]


def words_of(text: str, tokenizer: PreTrainedTokenizerBase) -> list[int]:
    """Words as ids. No text can smuggle in a special token: they are read as plain letters."""
    return tokenizer(text, add_special_tokens=False, split_special_tokens=True).input_ids


def end_of(tokenizer: PreTrainedTokenizerBase) -> int:
    """The id after each request and each answer."""
    assert isinstance(tokenizer.eos_token_id, int)
    return tokenizer.eos_token_id
