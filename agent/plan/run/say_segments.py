"""Build the message of a `say`: words, images, audio and video."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from agent.plan.run.call_results import Message, Said
from agent.plan.value_text import check_sizes, is_shown_as_itself, show
from tools.media import Media
from tools.sdk.plan_types import Value


def segments_of(name: str, value: Value) -> list[str | Said]:
    """Return a value as segments of a message: words or media."""
    if isinstance(value, list) and any(is_shown_as_itself(item) for item in value):
        segments: list[str | Said] = []
        for number, item in enumerate(cast("list[Value]", value)):
            segments += [", "] if number else []
            segments += segments_of(f"{name}[{number}]" if name else "", item)
        return segments
    if is_shown_as_itself(value):
        return [Said(name, cast("Media", value))]
    return [show(value)]


def join_words(segments: Sequence[str | Said]) -> Message:
    """Join adjacent words and drop empty ones."""
    check_sizes(segment for segment in segments if isinstance(segment, str))
    joined: list[str | Said] = []
    for segment in segments:
        if isinstance(segment, str) and joined and isinstance(joined[-1], str):
            joined[-1] += segment
        elif segment != "":
            joined.append(segment)
    return tuple(joined)
