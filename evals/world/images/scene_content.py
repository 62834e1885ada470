"""The content of a scene before layout: objects, counts, relations, background."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from evals.world.images.outlines import OUTLINE_COLOURS, OUTLINES
from evals.world.seeded_random import SeededRandom
from evals.world.splits import Pair, Split, hold_out, split_of
from evals.world.sprites import OBJECTS

Level = Literal["clear", "overlap", "clutter"]
Kind = Literal["single", "count", "pair", "row", "inside"]
Size = Literal["small", "medium", "large"]

LEVELS: tuple[Level, ...] = ("clear", "overlap", "clutter")
COLOURS: Mapping[str, tuple[int, int, int]] = {
    "white": (248, 248, 246),
    "black": (26, 26, 30),
    "grey": (150, 152, 158),
    "blue": (88, 148, 236),
    "green": (112, 192, 108),
    "yellow": (252, 226, 112),
    "pink": (250, 168, 200),
    "purple": (150, 104, 206),
}
"""The colours of backgrounds."""
COUNTS = tuple(range(2, 10))
RELATIONS = ("left of", "right of", "above", "below", "inside", "between")
PLACES = (
    ("top left", "top", "top right"),
    ("left", "middle", "right"),
    ("bottom left", "bottom", "bottom right"),
)
INVERSE = {"left of": "right of", "right of": "left of", "above": "below", "below": "above"}
HELD_OUT = hold_out(OBJECTS, {"count": COUNTS, "relation": RELATIONS, "background": tuple(COLOURS)})
"""The pairs held out from training."""

_NAMES = tuple(OBJECTS)
_SHAPES = tuple(OUTLINES)
_COLOUR_NAMES = tuple(COLOURS)
_KINDS: tuple[tuple[Kind, float], ...] = (
    ("single", 0.25),
    ("count", 0.30),
    ("pair", 0.25),
    ("row", 0.08),
    ("inside", 0.12),
)
_GRADIENTS = {"clear": 0.15, "overlap": 0.3, "clutter": 0.5}


@dataclass(frozen=True)
class Group:
    """Objects of one kind; a size of None is never mentioned."""

    name: str
    count: int = 1
    size: Size | None = None
    colour: str | None = None
    """The colour of an outline."""


@dataclass(frozen=True)
class Background:
    """One colour, or a gradient of two."""

    colour: str
    second: str | None = None
    across: bool = False
    """Whether the gradient runs from left to right instead of from top to bottom."""

    @property
    def words(self) -> str:
        return f"{self.colour} and {self.second}" if self.second else self.colour


@dataclass(frozen=True)
class Relation:
    """A spatial relation of `subject` to one object, or between two."""

    subject: str
    word: str
    objects: tuple[str, ...]


@dataclass(frozen=True)
class Content:
    """The content of an image: groups of objects and a background."""

    kind: Kind
    groups: tuple[Group, ...]
    background: Background
    word: str = ""
    """The relation of each group to the next."""
    place: str = ""
    """The position of a single object, one of PLACES; "" if unspecified."""

    @cached_property
    def relations(self) -> tuple[Relation, ...]:
        """Every true relation, in both directions."""
        names = [group.name for group in self.groups]
        if self.word == "inside":
            return (Relation(names[0], "inside", (names[1],)),)
        relations: list[Relation] = []
        for later in range(1, len(names)):
            for earlier in range(later):
                relations.append(Relation(names[earlier], self.word, (names[later],)))
                relations.append(Relation(names[later], INVERSE[self.word], (names[earlier],)))
        if self.kind == "row":
            relations.append(Relation(names[1], "between", (names[0], names[2])))
        return tuple(relations)

    @cached_property
    def pairs(self) -> frozenset[Pair]:
        """The pairs that decide the split."""
        things = {group.name for group in self.groups} & OBJECTS.keys()
        pairs = [Pair(g.name, "count", g.count) for g in self.groups if g.count > 1]
        pairs += [Pair(r.subject, "relation", r.word) for r in self.relations]
        if len(things) == len(self.groups) == 1 and not self.background.second:
            pairs += [Pair(name, "background", self.background.colour) for name in things]
        return frozenset(pair for pair in pairs if pair.name in things)


def draw_content(split: Split, level: Level, rng: SeededRandom) -> Content:
    """Sample a content that belongs to the split."""
    kind = _kind(rng)
    while True:
        content = _content(kind, _background(level, rng), rng)
        if split_of(content.pairs, HELD_OUT) == split:
            return content


def _kind(rng: SeededRandom) -> Kind:
    remaining = rng.uniform()
    for kind, share in _KINDS:
        remaining -= share
        if remaining < 0:
            return kind
    return _KINDS[-1][0]


def _background(level: Level, rng: SeededRandom) -> Background:
    colour = rng.choose(_COLOUR_NAMES)
    second = rng.choose(_COLOUR_NAMES)
    if second != colour and rng.chance(_GRADIENTS[level]):
        return Background(colour, second, rng.chance(0.5))
    return Background(colour)


def _content(kind: Kind, background: Background, rng: SeededRandom) -> Content:
    match kind:
        case "single":
            size = rng.choose((None, None, "small", "medium", "large"))
            place = ""
            if rng.chance(0.5):
                place = "middle" if size in (None, "large") else rng.choose(rng.choose(PLACES))
            return Content(kind, (Group(rng.choose(_NAMES), 1, size),), background, place=place)
        case "count":
            count = rng.choose(COUNTS)
            sizes = (None, None, None, "small", "medium") if count <= 4 else (None, None, "small")
            return Content(kind, (Group(rng.choose(_NAMES), count, rng.choose(sizes)),), background)
        case "pair":
            first, second = _different_names(2, rng)
            groups = [_side_group(first, rng), _side_group(second, rng)]
            if rng.chance(0.1):
                groups[rng.integer(0, 1)] = _outline(background, rng)
            word = rng.choose(tuple(INVERSE))
            return Content(kind, tuple(groups), background, word)
        case "row":
            groups = [
                Group(name, 1, rng.choose((None, None, None, "small")))
                for name in _different_names(3, rng)
            ]
            return Content(kind, tuple(groups), background, rng.choose(tuple(INVERSE)))
        case "inside":
            group = Group(rng.choose(_NAMES), rng.choose((1, 1, 1, 2, 3, 4)))
            return Content(kind, (group, _outline(background, rng)), background, "inside")


def _side_group(name: str, rng: SeededRandom) -> Group:
    """Sample a group that fits into half of the image."""
    count = rng.choose((1, 1, 1, 1, 1, 2, 2, 3, 3, 4, 5))
    if count > 1:
        return Group(name, count)
    return Group(name, 1, rng.choose((None, None, None, "small", "medium", "large")))


def _outline(background: Background, rng: SeededRandom) -> Group:
    used_colours = (background.colour, background.second)
    colours = [colour for colour in OUTLINE_COLOURS if colour not in used_colours]
    return Group(rng.choose(_SHAPES), colour=rng.choose(colours))


def _different_names(count: int, rng: SeededRandom) -> list[str]:
    names: list[str] = []
    while len(names) < count:
        name = rng.choose(_NAMES)
        if name not in names:
            names.append(name)
    return names
