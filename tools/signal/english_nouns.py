"""Form the singular and plural of English nouns, as labels and sentences use them."""

from __future__ import annotations

import re

_PLURALS = {
    "brownie": "brownies",
    "child": "children",
    "cookie": "cookies",
    "foot": "feet",
    "goose": "geese",
    "knife": "knives",
    "leaf": "leaves",
    "loaf": "loaves",
    "man": "men",
    "mouse": "mice",
    "movie": "movies",
    "person": "people",
    "potato": "potatoes",
    "shelf": "shelves",
    "tomato": "tomatoes",
    "tooth": "teeth",
    "wolf": "wolves",
    "woman": "women",
}
_SINGULARS = {plural: singular for singular, plural in _PLURALS.items()}
_UNCHANGED = frozenset(
    ("fish", "food", "furniture", "scissors", "series", "sheep", "skis", "trousers")
)
_SINGULAR_ENDINGS = ("ss", "us", "is", "as")


def plural(noun: str) -> str:
    """Return the plural; of several words, that of the last."""
    start, last = _split(noun)
    word = last.casefold()
    if word in _UNCHANGED or word in _SINGULARS:
        return noun
    if word in _PLURALS:
        return start + _PLURALS[word]
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return f"{noun}es"
    return f"{noun[:-1]}ies" if re.search(r"[^aeiou]y$", word) else f"{noun}s"


def singular(noun: str) -> str:
    """Return the singular; a word that is no plural stays as it is."""
    start, last = _split(noun)
    word = last.casefold()
    if word in _UNCHANGED:
        return noun
    if word in _SINGULARS:
        return start + _SINGULARS[word]
    if word.endswith("ies") and len(word) > 4:
        return f"{noun[:-3]}y"
    if word.endswith(("sses", "xes", "zes", "ches", "shes", "buses")):
        return noun[:-2]
    if word.endswith("s") and not word.endswith(_SINGULAR_ENDINGS) and len(word) > 2:
        return noun[:-1]
    return noun


def _split(noun: str) -> tuple[str, str]:
    """Return the words before the last one, and the last one."""
    start, space, last = noun.rpartition(" ")
    return start + space, last
