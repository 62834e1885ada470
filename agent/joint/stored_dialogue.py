"""The conversation of a joint model as checkpoints hold it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict, cast

from agent.record.artifacts import Encoded


class StoredExchange(TypedDict):
    """An answered request with references to its media."""

    media: list[Encoded]
    request: str
    answer: str


def stored_exchanges(dialogue: Sequence[StoredExchange | Encoded]) -> list[StoredExchange]:
    """Return the exchanges of a checkpoint.

    Older checkpoints hold a flat list: media, request, answer, media, request, …
    """
    exchanges: list[StoredExchange] = []
    media: list[Encoded] = []
    request: str | None = None
    for entry in dialogue:
        if isinstance(entry, dict) and "request" in entry:
            exchanges.append(cast("StoredExchange", entry))
        elif not isinstance(entry, str):
            media.append(cast("Encoded", entry))
        elif request is None:
            request = entry
        else:
            exchanges.append(StoredExchange(media=media, request=request, answer=entry))
            media, request = [], None
    return exchanges
