"""Compute the sums and differences that a prompt states in words.

>>> evaluate_sums("what is left of seven apples after taking two away")
'5 apples'
"""

from __future__ import annotations

import re

NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip
_N = rf"(?:\d{{1,3}}|{'|'.join(NUMBERS)})"
_NOUN = r"(?P<noun>[a-z-]+(?: of [a-z]+| [a-z-]+)?)"
_TAKEN_AWAY = (
    r"(?: of them)?(?: (?:away|is|are|was|were|has|have|been|gone|eaten|taken|sold|lost))*"
)
_REST = r"(?:what (?:is|are|remains) (?:left )?of |what remains of |the rest of )?"
_LESS = r"(?:minus|less|without|after taking|when|once|if)"
_PLUS = r"(?:plus|and then|and|with)"
_PATTERNS = (
    (-1, rf"\b{_REST}(?P<x>{_N}) {_NOUN} {_LESS} (?P<y>{_N})\b{_TAKEN_AWAY}"),
    (-1, rf"\b{_REST}(?P<x>{_N}) {_NOUN}, (?P<y>{_N}) (?:taken away|eaten|gone)"),
    (-1, rf"\b(?P<x>{_N}) (?:minus|less) (?P<y>{_N}) {_NOUN}"),
    (1, rf"\b(?P<x>{_N}) {_NOUN} {_PLUS} (?P<y>{_N}) (?:more|added)(?: (?P=noun))?"),
    (1, rf"\b(?P<x>{_N}) {_NOUN} plus (?P<y>{_N})\b(?! [a-z])"),
    (1, rf"\b(?P<x>{_N}) plus (?P<y>{_N}) {_NOUN}"),
    (1, rf"\b(?P<x>{_N}) and (?P<y>{_N}) more {_NOUN}"),
)
_COMPILED = tuple((sign, re.compile(pattern)) for sign, pattern in _PATTERNS)


def number_value(word: str) -> int:
    """Return the value of digits or of a number word up to twelve."""
    return int(word) if word.isdigit() else NUMBERS.index(word)


def evaluate_sums(text: str) -> str:
    """Replace each sum or difference of objects by its value."""
    for sign, pattern in _COMPILED:

        def total(match: re.Match[str], sign: int = sign) -> str:
            value = number_value(match["x"]) + sign * number_value(match["y"])
            return f"{max(value, 0)} {match['noun']}"

        text = pattern.sub(total, text)
    return text
