"""Join the items of a list as a sentence does."""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONG = 60
"""From so many characters on, items stand on lines of their own."""
_FOREIGN_WORDS = re.compile(
    r"\b(der|das|ist|sind|und|auf|ich|wird|nicht|im|les|est|sont|dans|avec|el|los|las|hay|il|gli"
    r"|sono|nella|het|een|zijn|du|des|una|un|une|sur|para|com|på|och|og|gibt|sagt|quels?|trop|svp|stp|que|alguien|kein)\b",
    re.IGNORECASE,
)


def is_english(sentence: str) -> bool:
    """Return whether nothing in a sentence tells of another language."""
    letters = "".join(character for character in sentence if character.isalpha())
    return letters.isascii() and not _FOREIGN_WORDS.search(sentence)


def join_words(items: Sequence[str], *, english: bool = True) -> str:
    """Return the items as "a, b and c", long ones as numbered lines."""
    if not items:
        return "none"
    if len(items) > 1 and any("\n" in item or len(item) > _LONG for item in items):
        return "\n" + "\n".join(f"{number}. {item}" for number, item in enumerate(items, 1))
    separator = "; " if any("," in item for item in items) else ", "
    if not english or len(items) == 1:
        return separator.join(items)
    last = "; and " if separator == "; " else " and "
    return f"{separator.join(items[:-1])}{last}{items[-1]}"
