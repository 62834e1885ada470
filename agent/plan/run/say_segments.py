"""Build the message of a `say`: words, images, audio and video."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from agent.plan.run.call_results import MediaSegment, Message
from agent.plan.value_text import check_sizes, format_value, is_displayed_as_media
from tools.media import Media
from tools.sdk.plan_types import Value


def segments_of(name: str, value: Value) -> list[str | MediaSegment]:
    """Return a value as segments of a message: words or media."""
    if isinstance(value, list) and any(is_displayed_as_media(item) for item in value):
        segments: list[str | MediaSegment] = []
        for number, item in enumerate(cast("list[Value]", value)):
            segments += [", "] if number else []
            segments += segments_of(f"{name}[{number}]" if name else "", item)
        return segments
    if is_displayed_as_media(value):
        return [MediaSegment(name, cast("Media", value))]
    return [format_value(value)]


def join_words(segments: Sequence[str | MediaSegment]) -> Message:
    """Join adjacent words and drop empty ones."""
    check_sizes(segment for segment in segments if isinstance(segment, str))
    message: list[str | MediaSegment] = []
    for segment in segments:
        if isinstance(segment, str) and message and isinstance(message[-1], str):
            message[-1] += segment
        elif segment != "":
            message.append(segment)
    return tuple(message)
