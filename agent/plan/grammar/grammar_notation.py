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
    least: int = 1
    most: int = 1


@dataclass(frozen=True)
class Rule:
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
    least: int
    most: int


Element = str | Chars | Rule | Sequence | OneOf | Repeat
"""A str matches itself."""

Grammar = Mapping[str, Element]
"""Rules by name; `start` is the start symbol."""


def seq(*parts: Element) -> Element:
    return Sequence(parts)


def one_of(*choices: Element) -> Element:
    return choices[0] if len(choices) == 1 else OneOf(choices)


def maybe(*parts: Element) -> Element:
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


def _write(element: Element, *, gbnf: bool, within: bool = False) -> str:
    """Write an element in GBNF or Lark, with brackets if nested."""
    match element:
        case str():
            return _quote(element)
        case Chars(members, least, most):
            characters = f"[{members}]{_write_count(least, most)}"
            return characters if gbnf else f"/{characters}/"
        case Rule(name):
            return _gbnf_name(name) if gbnf else name
        case Sequence(parts):
            text = " ".join(_write(part, gbnf=gbnf, within=True) for part in parts)
            return f"({text})" if within and len(parts) > 1 else text
        case OneOf(choices):
            text = " | ".join(_write(choice, gbnf=gbnf, within=True) for choice in choices)
            return f"({text})" if within else text
        case Repeat(part, least, most):
            text = _write(part, gbnf=gbnf, within=True)
            # Brackets keep two repetition counts apart.
            text = f"({text})" if isinstance(part, Repeat | Chars) else text
            return text + _write_count(least, most)


def _write_count(least: int, most: int) -> str:
    if least == most == 1:
        return ""
    return "?" if (least, most) == (0, 1) else f"{{{least},{most}}}"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
