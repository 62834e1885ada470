"""A grammar as data, and the two notations it is written in: llama.cpp's GBNF and Lark.

A rule in capitals is a word of the language: it may hold no rule in small letters, and nothing
that holds itself. Lark's lexer needs the difference; GBNF does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Chars:
    """Characters of a class, written as within the brackets of a regular expression."""

    members: str
    least: int = 1
    most: int = 1


@dataclass(frozen=True)
class Rule:
    """The rule of this name."""

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
"""A str stands for itself."""

Grammar = Mapping[str, Element]
"""Rules by name; the one called `start` is where a text begins."""


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
    # Names are letters, digits and hyphens there, and texts begin at `root`.
    return "root" if name == "start" else name.lower().replace("_", "-")


def _write(element: Element, *, gbnf: bool, within: bool = False) -> str:
    """The element in one of the notations; `within` a sequence or a repetition it gets brackets."""
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
            # Two counts after each other are not to be read as one.
            text = f"({text})" if isinstance(part, Repeat | Chars) else text
            return text + _write_count(least, most)


def _write_count(least: int, most: int) -> str:
    if least == most == 1:
        return ""
    return "?" if (least, most) == (0, 1) else f"{{{least},{most}}}"


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'
