"""Represent a grammar as data; write it in GBNF or Lark.

GBNF is llama.cpp's notation. A rule with an upper-case name is a terminal: it may not refer to a
lower-case rule or to itself. Lark's lexer needs the difference; GBNF does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Chars:
    """A repeated character class, written as in a regular expression."""

    members: str
    minimum: int = 1
    maximum: int = 1


@dataclass(frozen=True)
class RuleReference:
    """A reference to the rule of this name."""

    name: str


@dataclass(frozen=True)
class Sequence:
    parts: tuple[Element, ...]


@dataclass(frozen=True)
class OneOf:
    choices: tuple[Element, ...]


@dataclass(frozen=True)
class Repeat:
    part: Element
    minimum: int
    maximum: int


Element = str | Chars | RuleReference | Sequence | OneOf | Repeat
"""A str matches itself."""

Grammar = Mapping[str, Element]
"""Rules by name; `start` is the start symbol."""


def seq(*parts: Element) -> Element:
    return Sequence(parts)


def one_of(*choices: Element) -> Element:
    return choices[0] if len(choices) == 1 else OneOf(choices)


def optional(*parts: Element) -> Element:
    return Repeat(seq(*parts), 0, 1)


def write_gbnf(grammar: Grammar) -> str:
    lines = (f"{_gbnf_name(name)} ::= {_write(rule, gbnf=True)}" for name, rule in grammar.items())
    return "\n".join(lines) + "\n"


def write_lark(grammar: Grammar) -> str:
    lines = (f"{name}: {_write(rule, gbnf=False)}" for name, rule in grammar.items())
    return "\n".join(lines) + "\n"


def _gbnf_name(name: str) -> str:
    # GBNF names are letters, digits and hyphens, and the start symbol is `root`.
    return "root" if name == "start" else name.lower().replace("_", "-")


def _write(element: Element, *, gbnf: bool, nested: bool = False) -> str:
    """Write an element in GBNF or Lark, with brackets if nested."""
    match element:
        case str():
            return _quote(element)
        case Chars(members, minimum, maximum):
            characters = f"[{members}]{_write_count(minimum, maximum)}"
            return characters if gbnf else f"/{characters}/"
        case RuleReference(name):
            return _gbnf_name(name) if gbnf else name
        case Sequence(parts):
            text = " ".join(_write(part, gbnf=gbnf, nested=True) for part in parts)
            return f"({text})" if nested and len(parts) > 1 else text
        case OneOf(choices):
            text = " | ".join(_write(choice, gbnf=gbnf, nested=True) for choice in choices)
            return f"({text})" if nested else text
        case Repeat(part, minimum, maximum):
            text = _write(part, gbnf=gbnf, nested=True)
            # Brackets keep two repetition counts apart.
            text = f"({text})" if isinstance(part, Repeat | Chars) else text
            return text + _write_count(minimum, maximum)


def _write_count(minimum: int, maximum: int) -> str:
    if minimum == maximum == 1:
        return ""
    return "?" if (minimum, maximum) == (0, 1) else f"{{{minimum},{maximum}}}"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
