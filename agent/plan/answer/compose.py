"""Build what people read from words and values: the texts of a plan.

The chat, the terminal and the APIs show the text that is composed here. The words around a value of
boxes decide whether it stands for a number or for positions, and only once the value exists: the
plan stays as it was written, and the wording depends on the value (one cup, 3 cups, none).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from agent.plan.answer.answer_style import PLAIN, AnswerStyle
from agent.plan.answer.list_wording import is_english, join_words
from agent.plan.answer.number_wording import Fitted, fit_number, stands_for_number, starts_with_noun
from agent.plan.answer.region_wording import PictureSize, count_boxes, describe_boxes
from agent.plan.answer.table_wording import describe_table
from agent.plan.run.call_results import MediaSegment, Message
from agent.plan.value_text import check_sizes, format_value, is_displayed_as_media
from tools.media import Box, Boxes, Media, Table
from tools.sdk.plan_types import Value

_SENTENCE_END = re.compile(r"[.!?:;]\s|\n")
_STOPS = (".", "!", "?", "…")


@dataclass(frozen=True)
class Placeholder:
    """A value within a text, with its name and the size of the picture it lies on."""

    value: Value
    name: str = ""
    picture_size: PictureSize | None = None


def compose_message(parts: Sequence[str | Placeholder], style: AnswerStyle = PLAIN) -> Message:
    """Return the message of a `say`: words, images, audio and video."""
    segments: list[str | MediaSegment] = []
    remaining = list(parts)
    while remaining:
        part = remaining.pop(0)
        if isinstance(part, str):
            segments.append(part)
        elif media := _media_segments(part.name, part.value):
            segments += media
        else:
            before = segments.pop() if segments and isinstance(segments[-1], str) else ""
            after = remaining.pop(0) if remaining and isinstance(remaining[0], str) else ""
            fitted = _fit(part, str(before), str(after), style)
            segments.append(fitted.before + fitted.text)
            remaining.insert(0, fitted.after)
        segments = _join_adjacent(segments)
    check_sizes(segment for segment in segments if isinstance(segment, str))
    return tuple(segment for segment in segments if segment != "")


def compose_text(parts: Sequence[str | Placeholder], style: AnswerStyle = PLAIN) -> str:
    """Return a text without media."""
    return "".join(cast("tuple[str, ...]", compose_message(parts, style)))


def _media_segments(name: str, value: Value) -> list[str | MediaSegment]:
    """Return the segments of a value that is shown as media, or nothing."""
    if isinstance(value, list) and any(is_displayed_as_media(item) for item in value):
        segments: list[str | MediaSegment] = []
        for number, item in enumerate(cast("list[Value]", value)):
            segments += [", "] if number else []
            segments += _media_segments(f"{name}[{number}]" if name else "", item) or [
                format_value(item)
            ]
        return segments
    return [MediaSegment(name, cast("Media", value))] if is_displayed_as_media(value) else []


def _fit(part: Placeholder, before: str, after: str, style: AnswerStyle) -> Fitted:
    """Format a value and fit the words of its sentence to it."""
    start = max((match.end() for match in _SENTENCE_END.finditer(before)), default=0)
    match = _SENTENCE_END.search(after)
    end = match.start() + 1 if match else len(after)
    sentence_before, sentence_after = before[start:], after[:end]
    fitted = _fit_sentence(part, before, sentence_before, sentence_after, style)
    fitted = Fitted(before[:start] + fitted.before, fitted.text, fitted.after + after[end:])
    return _on_own_lines(fitted) if fitted.text.startswith("| ") else fitted


def _fit_sentence(
    part: Placeholder, text_before: str, before: str, after: str, style: AnswerStyle
) -> Fitted:
    value = part.value
    english = is_english(text_before + after)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return fit_number(value, before, after, english=english, seconds=style.seconds)
    boxes = _boxes_of(value)
    if boxes is not None:
        # The clause before a colon names what the boxes are: "The cups on the left: {cups}".
        if starts_with_noun(after) or stands_for_number(text_before):
            return _fit_count(boxes, before, after, english=english)
        if style.coordinates:
            return Fitted(before, format_value(value), after)
        text = describe_boxes(boxes, part.picture_size, text_before + after, english=english)
        return Fitted(before, text, after)
    if isinstance(value, Table):
        text = describe_table(
            value, text_before + after, coordinates=style.coordinates, english=english
        )
        return Fitted(before, text, after)
    if isinstance(value, list):
        items = [_item_text(item, part, style) for item in cast("list[Value]", value)]
        return Fitted(before, join_words(items, english=english), after)
    text = format_value(value)
    if text.rstrip().endswith(_STOPS) and re.match(r"\.(\s|$)", after):
        after = after[1:]
    return Fitted(before, text, after)


def _fit_count(boxes: Sequence[Box], before: str, after: str, *, english: bool) -> Fitted:
    number, noun = count_boxes(boxes)
    if (
        noun
        and english
        and not starts_with_noun(after)
        and re.search(r"\b(are|is|was|were)\b", before)
    ):
        after = f" {noun}{after}"
    return fit_number(number, before, after, english=english)


def _item_text(value: Value, part: Placeholder, style: AnswerStyle) -> str:
    return compose_text([Placeholder(value, picture_size=part.picture_size)], style)


def _boxes_of(value: Value) -> Sequence[Box] | None:
    if isinstance(value, Boxes):
        return value.items
    if isinstance(value, Box):
        return (value,)
    if isinstance(value, list) and value and all(isinstance(item, Box) for item in value):
        return cast("list[Box]", value)
    return None


def _on_own_lines(table: Fitted) -> Fitted:
    """Put a table between blank lines."""
    before = f"{table.before.rstrip()}\n\n" if table.before.strip() else ""
    after = f"\n\n{table.after.lstrip()}" if table.after.strip(" .") else ""
    return Fitted(before, table.text, after)


def _join_adjacent(segments: list[str | MediaSegment]) -> list[str | MediaSegment]:
    if len(segments) > 1 and isinstance(segments[-1], str) and isinstance(segments[-2], str):
        return [*segments[:-2], segments[-2] + segments[-1]]
    return segments
