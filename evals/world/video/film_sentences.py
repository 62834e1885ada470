"""Sentences about a film, and a parser of their claims."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from evals.world.images.scene_claims import read_sentence
from evals.world.phrase_templates import Phrasing, templates
from evals.world.seeded_random import Dice, LoadedDice
from evals.world.sprites import OBJECTS
from evals.world.video.film_content import FilmContent
from evals.world.vocabulary import as_typed, noun, with_article, with_right_articles

ADVERBS: Mapping[str | None, tuple[str, ...]] = {
    None: ("",),
    "slow": (" slowly",),
    "fast": (" fast", " quickly"),
}
_VERBS: Mapping[str, tuple[str, ...]] = {
    "animal": ("running", "walking"),
    "vehicle": ("driving",),
}
_OWN_VERBS: Mapping[str, tuple[str, ...]] = {
    "fish": ("swimming",),
    "duck": ("swimming", "flying"),
    "crab": ("crawling",),
    "turtle": ("crawling",),
    "ladybug": ("crawling",),
    "frog": ("jumping",),
    "boat": ("sailing",),
} | dict.fromkeys(
    ("butterfly", "bee", "owl", "plane", "rocket", "helicopter", "balloon", "ghost"), ("flying",)
)


def plain_film(content: FilmContent) -> str:
    """Return the canonical caption: all that is true, always phrased alike."""
    film = _things(content, "seen", LoadedDice(), synonyms=0)
    return f"{film} on {with_article(content.background)} background"


def speak_of_film(content: FilmContent, phrasing: Phrasing, dice: Dice) -> str:
    """Return a random true sentence or request, perhaps incomplete."""
    film = _things(content, phrasing, dice, synonyms=0.25)
    if dice.chance(0.35):
        template = dice.choose(templates("film: background", phrasing))
        film = template.format(film=film, colour=content.background)
    said = dice.choose(templates("film: request", phrasing)).format(film=film)
    return as_typed(with_right_articles(said), dice)


def _things(content: FilmContent, phrasing: Phrasing, dice: Dice, synonyms: float) -> str:
    own = _OWN_VERBS.get(content.name, _VERBS.get(OBJECTS[content.name].category, ()))
    words = {
        "a": with_article(noun(content.name, 1, dice, synonyms)),
        "moving": dice.choose((*own, "moving")),
        "fastly": dice.choose(ADVERBS[content.speed]) if dice.chance(0.85) else "",
    }
    said = dice.choose(templates(f"film: {content.motion}", phrasing)).format_map(words)
    # The bystander may be omitted.
    if content.other is None or not dice.chance(0.75):
        return said
    other = with_article(noun(content.other, 1, dice, synonyms))
    return dice.choose(templates("film: past", phrasing)).format(moving=said, other=other)


@dataclass(frozen=True)
class FilmClaims:
    """The claims of a sentence about a film; None if left open."""

    names: frozenset[str]
    motion: str | None
    speed: str | None


_SIGNS: tuple[tuple[str, str], ...] = (
    ("bouncing", r"bounc|hopping|up and down"),
    ("appearing", r"\bappear|into view|showing up"),
    ("vanishing", r"vanish|disappear|goes away"),
    ("growing", r"\bgrow|bigger|larger"),
    ("shrinking", r"shrink|smaller"),
    ("standing still", r"does not move|staying|at rest"),
    ("left", r"right to left|leftwards|(to|towards) the left|ing left\b"),
    ("right", r"left to right|rightwards|(to|towards) the right|ing right\b"),
    ("up", r"\bup\b|upwards|\brising|bottom to the top|towards the top"),
    ("down", r"\bdown\b|downwards|\bfalling|top to the bottom|towards the bottom"),
    # Last, because it also describes the bystander that an object moves past.
    ("standing still", r"standing still"),
)
"""Regular expressions of the motions; the first match counts."""


def read_film(text: str) -> FilmClaims:
    """Parse the objects, the motion and the speed in a sentence."""
    said = text.lower()
    motion = next((motion for motion, sign in _SIGNS if re.search(sign, said)), None)
    speed = "slow" if "slow" in said else "fast" if re.search(r"\bfast|quick", said) else None
    return FilmClaims(frozenset(read_sentence(said).counts), motion, speed)
