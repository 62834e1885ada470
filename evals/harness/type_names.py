"""Parse types of the plan language as samples write them: `Image`, `list[Image]`."""

from __future__ import annotations

from tools.errors import InputError
from tools.sdk.plan_types import MEDIA_CLASSES, Type, list_of

_NAMES = {"Text", "Number", "Integer", "Boolean", "Any", "Region", *MEDIA_CLASSES}


def parse_type(text: str) -> Type:
    """Parse the name of a type."""
    if text.startswith("list[") and text.endswith("]"):
        return list_of(parse_type(text[5:-1]))
    if text not in _NAMES:
        raise InputError(
            f"{text!r} is not a type; allowed: {', '.join(sorted(_NAMES))}, and lists of them",
            hint="write, for example, list[Image]",
        )
    return Type(text)
