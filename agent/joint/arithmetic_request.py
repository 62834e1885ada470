"""Parse requests that add and subtract media and text.

image1 + "on a blue background"
image1 - "a dog" + "a cat"
audio1 + "two bees"
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tools import Audio, Image
from tools.sdk.plan_types import Value

Operand = Image | Audio | str
_TERM = re.compile(r"\s*([+-]?)\s*(?:\"([^\"]+)\"|“([^”]+)”|(\w+))\s*")


@dataclass(frozen=True)
class Term:
    """A signed operand: an image, audio or text."""

    sign: int
    """1 or -1"""
    value: Operand


def parse_terms(request: str, lookup: Callable[[str], Value]) -> list[Term] | None:
    """Parse a request of two or more terms; otherwise return None.

    `lookup` returns the conversation's value of a name, or None.
    """
    terms: list[Term] = []
    position = 0
    while match := _TERM.match(request, position):
        sign, quoted, curled, name = match.groups()
        value = quoted or curled or lookup(name)
        if not isinstance(value, Operand) or bool(sign) != bool(terms):
            return None
        terms.append(Term(-1 if sign == "-" else 1, value))
        position = match.end()
    return terms if position == len(request) and len(terms) > 1 else None
