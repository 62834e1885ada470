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

Addend = Image | Audio | str
_TERM = re.compile(r"\s*([+-]?)\s*(?:\"([^\"]+)\"|“([^”]+)”|(\w+))\s*")


@dataclass(frozen=True)
class Term:
    """A signed operand: an image, audio or text."""

    sign: int
    """1 or -1"""
    value: Addend


def sum_of(request: str, known: Callable[[str], Value]) -> list[Term] | None:
    """Parse a request of two or more terms; otherwise return None.

    `lookup` returns the conversation's value of a name, or None.
    """
    terms: list[Term] = []
    place = 0
    while found := _TERM.match(request, place):
        sign, quoted, curled, name = found.groups()
        value = quoted or curled or known(name)
        if not isinstance(value, Addend) or bool(sign) != bool(terms):
            return None
        terms.append(Term(-1 if sign == "-" else 1, value))
        place = found.end()
    return terms if place == len(request) and len(terms) > 1 else None
