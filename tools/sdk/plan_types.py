"""The types of the plan language and their subtype relation.

They are derived from the type hints of tools, which are the only declaration of parameter and
result types: `Image`, `Audio`, `str`, `int`, `float`, `bool`, `list[Image]`,
`Literal["left", "right"]`, `Region | None`, and `Value` for any type.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Union, cast, get_args, get_origin

from tools import media
from tools.media import Media

Value = str | int | float | bool | None | Media | list[Any]
"""Any value that a tool can take or return."""


@dataclass(frozen=True)
class Type:
    """The plan type of a parameter or result."""

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
"""The media classes that a file can hold, by type name."""

_HINT_TYPES: Mapping[object, Type] = {
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

_SUPERTYPES: Mapping[str, frozenset[str]] = {
    "Integer": frozenset({"Number"}),
    "Box": frozenset({"Region"}),
    "Boxes": frozenset({"Region"}),
    "Points": frozenset({"Region"}),
    "Mask": frozenset({"Region"}),
}


def list_of(item: Type) -> Type:
    return Type("list", item)


def type_of_hint(hint: object) -> Type:
    """Return the plan type of a Python type hint; TypeError if there is none."""
    if hint in _HINT_TYPES:
        return _HINT_TYPES[hint]
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
    """Return the narrowest plan type of a value."""
    if isinstance(value, list):
        items = {type_of_value(item) for item in value}
        return list_of(items.pop() if len(items) == 1 else ANY)
    for hint in (type(value), *type(value).__mro__):
        if hint in _HINT_TYPES:
            return _HINT_TYPES[hint]
    raise TypeError(f"{type(value).__name__} is not a type a plan can hold")


def element_of(sequence: Type) -> Type | None:
    """Return the element type of a sequence; None if the type is not a sequence."""
    if sequence.name == "Boxes":
        return Type("Box")
    return sequence.item


def accepts(expected: Type, actual: Type) -> bool:
    """Return whether a value of type `actual` is valid where `expected` is required."""
    if "Any" in (expected.name, actual.name):
        return True
    if actual.name == "None" or actual.optional:
        return expected.optional and (
            actual.name == "None"
            or accepts(expected, Type(actual.name, actual.item, actual.choices))
        )
    if expected.choices:
        # A text computed at run time is checked against the choices then.
        return actual.name == "Text" and set(actual.choices) <= set(expected.choices)
    if expected.item and actual.item:
        return accepts(expected.item, actual.item)
    if expected.item and actual.name == "Boxes":
        return accepts(expected.item, Type("Box"))
    return expected.name == actual.name or expected.name in _SUPERTYPES.get(actual.name, ())


def common_type(first: Type, second: Type) -> Type | None:
    """Return the narrowest common supertype; None if there is none."""
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
    for wider in (first.name, second.name, *_SUPERTYPES.get(first.name, ())):
        if accepts(Type(wider), first) and accepts(Type(wider), second):
            return Type(wider)
    return None


def _common_optional(first: Type, second: Type) -> Type | None:
    kinds = [kind for kind in (required(first), required(second)) if kind.name != "None"]
    common = common_type(kinds[0], kinds[-1])
    return replace(common, optional=True) if common else None


def required(kind: Type) -> Type:
    """Return the type without None."""
    return replace(kind, optional=False)
