"""The types of the plan language, and which fits where.

They are read from the type hints of tools, so that one source says what a tool takes and gives:
`Image`, `Audio`, `str`, `int`, `float`, `bool`, `list[Image]`, `Literal["left", "right"]`,
`Region | None`, and `Value` for anything at all.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Union, cast, get_args, get_origin

from tools import media
from tools.media import Media

Value = str | int | float | bool | None | Media | list[Any]
"""Whatever a tool can take or give."""


@dataclass(frozen=True)
class Type:
    """What a parameter takes or a result is."""

    name: str
    item: Type | None = None
    choices: tuple[str, ...] = ()
    optional: bool = False

    def __str__(self) -> str:
        text = self.name
        if self.choices:
            text = " or ".join(f'"{choice}"' for choice in self.choices)
        elif self.item:
            text = f"list[{self.item}]"
        return f"{text} or None" if self.optional else text


TEXT = Type("Text")
NUMBER = Type("Number")
INTEGER = Type("Integer")
BOOLEAN = Type("Boolean")
NOTHING = Type("None")
ANY = Type("Any")

MEDIA_CLASSES: Mapping[str, type[Media]] = {
    name: getattr(media, name) for name in media.__all__ if name not in ("Media", "Region")
}
"""The media a file can hold, by the name of their type."""

_PLAIN: Mapping[object, Type] = {
    str: TEXT,
    int: INTEGER,
    float: NUMBER,
    bool: BOOLEAN,
    type(None): NOTHING,
    Any: ANY,
    Value: ANY,
    media.Region: Type("Region"),
    **{kind: Type(name) for name, kind in MEDIA_CLASSES.items()},
}

_WIDER: Mapping[str, frozenset[str]] = {
    "Integer": frozenset({"Number"}),
    "Box": frozenset({"Region"}),
    "Boxes": frozenset({"Region"}),
    "Points": frozenset({"Region"}),
    "Mask": frozenset({"Region"}),
}


def list_of(item: Type) -> Type:
    return Type("list", item)


def type_of_hint(hint: object) -> Type:
    """The plan type that a Python type hint stands for; TypeError if there is none."""
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal and all(isinstance(choice, str) for choice in arguments):
        return Type("Text", choices=tuple(cast("tuple[str, ...]", arguments)))
    if origin is list and len(arguments) == 1:
        return list_of(type_of_hint(arguments[0]))
    if origin in (Union, types.UnionType):
        kinds = [argument for argument in arguments if argument is not type(None)]
        if len(kinds) == 1 and len(arguments) == 2:
            inner = type_of_hint(kinds[0])
            return Type(inner.name, inner.item, inner.choices, optional=True)
    raise TypeError(f"{hint!r} is not a type a plan can hold")


def type_of_value(value: Value) -> Type:
    """The narrowest plan type of a value at hand."""
    if isinstance(value, list):
        items = {type_of_value(item) for item in value}
        return list_of(items.pop() if len(items) == 1 else ANY)
    for hint in (type(value), *type(value).__mro__):
        if hint in _PLAIN:
            return _PLAIN[hint]
    raise TypeError(f"{type(value).__name__} is not a type a plan can hold")


def element_of(sequence: Type) -> Type | None:
    """What one gets by indexing or going through it; None if that cannot be done."""
    if sequence.name == "Boxes":
        return Type("Box")
    return sequence.item


def accepts(expected: Type, found: Type) -> bool:
    """Whether a value of type `found` may go where `expected` is asked for."""
    if "Any" in (expected.name, found.name):
        return True
    if found.name == "None" or found.optional:
        return expected.optional and (
            found.name == "None" or accepts(expected, Type(found.name, found.item, found.choices))
        )
    if expected.choices:
        # Text that is only known later is checked against the choices when it is known.
        return found.name == "Text" and set(found.choices) <= set(expected.choices)
    if expected.item and found.item:
        return accepts(expected.item, found.item)
    if expected.item and found.name == "Boxes":
        return accepts(expected.item, Type("Box"))
    return expected.name == found.name or expected.name in _WIDER.get(found.name, ())


def common_type(first: Type, second: Type) -> Type | None:
    """The narrowest type that takes both; None if they have nothing in common."""
    if first == second or second.name == "Any":
        return second
    if first.name == "Any":
        return first
    if first.optional or second.optional or "None" in (first.name, second.name):
        return _common_optional(first, second)
    if first.name == second.name == "Text":
        both = first.choices and second.choices
        return Type(
            "Text", choices=tuple(dict.fromkeys(first.choices + second.choices)) if both else ()
        )
    if first.item and second.item:
        return list_of(common_type(first.item, second.item) or ANY)
    for wider in (first.name, second.name, *_WIDER.get(first.name, ())):
        if accepts(Type(wider), first) and accepts(Type(wider), second):
            return Type(wider)
    return None


def _common_optional(first: Type, second: Type) -> Type | None:
    kinds = [kind for kind in (required(first), required(second)) if kind.name != "None"]
    common = common_type(kinds[0], kinds[-1])
    return replace(common, optional=True) if common else None


def required(kind: Type) -> Type:
    """The type of a value that may be None, once it is not."""
    return replace(kind, optional=False)
