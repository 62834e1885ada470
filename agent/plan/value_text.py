"""How values read where words are wanted: in prompts, in what is said, in what is shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from agent.plan.plan_limits import LIMITS
from tools.errors import BadArgument
from tools.media import Box, Boxes, Media, Points, Table
from tools.sdk.plan_types import Type, Value

_WORDY_TYPES = {
    *("Text", "Number", "Integer", "Boolean", "None", "Any", "Box", "Boxes", "Points", "Table")
}


def reads_as_words(kind: Type) -> bool:
    """Whether values of this type can stand within a text."""
    return reads_as_words(kind.item) if kind.item else kind.name in _WORDY_TYPES


def show(value: Value) -> str:
    """Any value in words, a picture or a sound by its description."""
    if isinstance(value, Media):
        return value.describe()
    if isinstance(value, list):
        return ", ".join(show(item) for item in cast("list[Value]", value))
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)


def is_shown_as_itself(value: Value) -> bool:
    """Whether it is a medium that no words can stand for: a picture, a sound, a film."""
    return isinstance(value, Media) and not isinstance(value, Box | Boxes | Points | Table)


def in_words(value: Value) -> str:
    """The value as part of a text; BadArgument if it cannot be read as words."""
    for item in cast("list[Value]", value) if isinstance(value, list) else [value]:
        if is_shown_as_itself(item):
            raise BadArgument(
                f"{type(item).__name__} cannot stand within a text",
                hint="describe it with a tool, or give it as an argument of its own",
            )
    words = show(value)
    check_sizes([words])
    return words


def check_sizes(texts: Iterable[str]) -> None:
    """BadArgument if these make a longer text than a plan may put together."""
    size = sum(map(len, texts))
    if size > LIMITS.value_size:
        raise BadArgument(
            f"a text of {size} characters is too long, {LIMITS.value_size} are allowed",
            hint="use a part of it",
        )
