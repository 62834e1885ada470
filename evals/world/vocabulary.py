"""The world's vocabulary: nouns with synonyms, numbers, sizes and positions."""

from __future__ import annotations

import re
from collections.abc import Mapping

from evals.world.images.outlines import OUTLINES
from evals.world.images.scene_content import Size
from evals.world.seeded_random import SeededRandom
from evals.world.sprites import OBJECTS, ObjectKind

KINDS: Mapping[str, ObjectKind] = {**OBJECTS, **OUTLINES}
"""Every kind of object in a scene."""

NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven",
    "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
PHRASED_NUMBERS: Mapping[int, tuple[str, ...]] = {
    1: ("a single", "one", "1"),
    2: ("a pair of", "a couple of"),
    3: ("a trio of",),
    6: ("half a dozen",),
}
"""Phrases for a number besides its word and its digits."""
SIZES: Mapping[Size, tuple[str, ...]] = {
    "small": ("small", "little", "tiny"),
    "medium": ("medium-sized", "medium"),
    "large": ("large", "big", "huge"),
}
PLACES: Mapping[str, tuple[str, ...]] = {
    "top left": ("in the top left corner", "at the top left", "in the upper left"),
    "top": ("at the top", "in the top middle"),
    "top right": ("in the top right corner", "at the top right", "in the upper right"),
    "left": ("on the left", "on the left side", "at the left"),
    "middle": ("in the middle", "in the centre", "in the center"),
    "right": ("on the right", "on the right side", "at the right"),
    "bottom left": ("in the bottom left corner", "at the bottom left", "in the lower left"),
    "bottom": ("at the bottom", "in the bottom middle"),
    "bottom right": ("in the bottom right corner", "at the bottom right", "in the lower right"),
}
RELATION_PHRASES: Mapping[str, tuple[str, ...]] = {
    "left of": ("left of", "to the left of"),
    "right of": ("right of", "to the right of"),
    "above": ("above", "over"),
    "below": ("below", "under"),
    "inside": ("inside", "in"),
}
"""Phrases for a relation inside a question."""


def noun(name: str, count: int, rng: SeededRandom, synonyms: float = 0.25) -> str:
    """Return the object's name, or a synonym with probability `synonyms`."""
    kind = KINDS[name]
    if kind.words and rng.chance(synonyms):
        singular = rng.choose(tuple(kind.words))
        return singular if count == 1 else kind.words[singular]
    return name if count == 1 else kind.plural


def with_article(noun_phrase: str) -> str:
    """Prefix the words with "a" or "an"."""
    return f"{'an' if noun_phrase[0] in 'aeiou' else 'a'} {noun_phrase}"


def fix_articles(sentence: str) -> str:
    """Replace "a" by "an" before vowels."""
    return re.sub(r"\ban? (?=[aeiou])", "an ", sentence)


def vary_typing(sentence: str, rng: SeededRandom) -> str:
    """Vary a sentence's capital and full stop, as people do."""
    if rng.chance(0.3):
        sentence = sentence[0].upper() + sentence[1:]
    return sentence + "." if rng.chance(0.25) and not sentence.endswith("?") else sentence
