"""Sentences about a film, and a parser of their claims."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from evals.world.images.scene_claims import read_sentence
from evals.world.phrase_templates import Phrasing, templates
from evals.world.seeded_random import FirstChoiceRandom, SeededRandom
from evals.world.sprites import OBJECTS
from evals.world.video.film_content import FilmContent
from evals.world.vocabulary import fix_articles, noun, vary_typing, with_article

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
    film = _describe_objects(content, "seen", FirstChoiceRandom(), synonyms=0)
    return f"{film} on {with_article(content.background)} background"


def speak_of_film(content: FilmContent, phrasing: Phrasing, rng: SeededRandom) -> str:
    """Return a random true sentence or request, perhaps incomplete."""
    film = _describe_objects(content, phrasing, rng, synonyms=0.25)
    if rng.chance(0.35):
        template = rng.choose(templates("film: background", phrasing))
        film = template.format(film=film, colour=content.background)
    sentence = rng.choose(templates("film: request", phrasing)).format(film=film)
    return vary_typing(fix_articles(sentence), rng)


def _describe_objects(
    content: FilmContent, phrasing: Phrasing, rng: SeededRandom, synonyms: float
) -> str:
    own = _OWN_VERBS.get(content.name, _VERBS.get(OBJECTS[content.name].category, ()))
    words = {
        "a": with_article(noun(content.name, 1, rng, synonyms)),
        "moving": rng.choose((*own, "moving")),
        "fastly": rng.choose(ADVERBS[content.speed]) if rng.chance(0.85) else "",
    }
    description = rng.choose(templates(f"film: {content.motion}", phrasing)).format_map(words)
    # The bystander may be omitted.
    if content.other is None or not rng.chance(0.75):
        return description
    other = with_article(noun(content.other, 1, rng, synonyms))
    return rng.choose(templates("film: past", phrasing)).format(moving=description, other=other)


@dataclass(frozen=True)
class FilmClaims:
    """The claims of a sentence about a film; None if left open."""

    names: frozenset[str]
    motion: str | None
    speed: str | None


_MOTION_REGEXES: tuple[tuple[str, str], ...] = (
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
    sentence = text.lower()
    motion = next((motion for motion, regex in _MOTION_REGEXES if re.search(regex, sentence)), None)
    speed = (
        "slow" if "slow" in sentence else "fast" if re.search(r"\bfast|quick", sentence) else None
    )
    return FilmClaims(frozenset(read_sentence(sentence).counts), motion, speed)
