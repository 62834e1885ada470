"""Format values as text, for prompts, answers and the page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from agent.plan.plan_limits import LIMITS
from tools.errors import BadArgument
from tools.media import Box, Boxes, Media, Points, Table
from tools.sdk.plan_types import Type, Value

_TEXT_TYPES = {
    *("Text", "Number", "Integer", "Boolean", "None", "Any", "Box", "Boxes", "Points", "Table")
}


def has_text_form(kind: Type) -> bool:
    """Return whether values of this type can be part of a text."""
    return has_text_form(kind.item) if kind.item else kind.name in _TEXT_TYPES


def format_value(value: Value) -> str:
    """Return any value as text, media by their description."""
    if isinstance(value, Media):
        return value.describe()
    if isinstance(value, list):
        return ", ".join(format_value(item) for item in cast("list[Value]", value))
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def is_displayed_as_media(value: Value) -> bool:
    """Return whether the value is media without a text form."""
    return isinstance(value, Media) and not isinstance(value, Box | Boxes | Points | Table)


def to_text(value: Value) -> str:
    """Return the value as text; raise BadArgument if it has none."""
    require_text_form(value)
    text = format_value(value)
    check_sizes([text])
    return text


def require_text_form(value: Value) -> None:
    """Raise BadArgument if the value is media without a text form."""
    for item in cast("list[Value]", value) if isinstance(value, list) else [value]:
        if is_displayed_as_media(item):
            raise BadArgument(
                f"{type(item).__name__} cannot be part of a text",
                hint="describe it with a tool, or pass it as an argument of its own",
            )


def check_sizes(texts: Iterable[str]) -> None:
    """Raise BadArgument if the texts together exceed the size limit."""
    size = sum(map(len, texts))
    if size > LIMITS.value_size:
        raise BadArgument(
            f"a text of {size} characters is too long, {LIMITS.value_size} are allowed",
            hint="use a part of it",
        )
