"""Pictures whose truth is known exactly.

>>> scene = make_scene("train", seed=0, number=1)
>>> scene.pixels.shape, scene.caption
((64, 64, 3), 'nine cups on a purple background')

A scene is decided by its split, seed, number and level; its pixels, masks, sentences and questions
are computed when first asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evals.world.images.backgrounds import paint
from evals.world.images.scene_content import LEVELS, Content, Level, Relation, Size, draw_content
from evals.world.images.scene_layout import (
    UNITS,
    Placement,
    corner,
    lay_out,
    place_of,
    size_of,
    sprite_for,
)
from evals.world.images.scene_questions import Question, ask
from evals.world.images.scene_sentences import plain_caption, speak
from evals.world.phrase_templates import Phrasing
from evals.world.seeded_random import Dice
from evals.world.splits import Split, split_number
from tools.errors import InputError

AnyLevel = Level | Literal["any"]
SENTENCES = 5
"""How many sentences each scene comes with."""

_PIXELS, _SENTENCES, _QUESTIONS = 1, 2, 3
"""What the dice of a scene are thrown for, beside its content: each has dice of its own."""


@dataclass(frozen=True)
class Thing:
    """One thing in a picture."""

    name: str
    box: tuple[int, int, int, int]
    """Left, top, right, bottom in pixels: the thing's extent, hidden parts included."""
    size: Size
    place: str
    """Where in the picture its middle is, such as "top left"; "" where that is in doubt."""


@dataclass(frozen=True)
class Scene:
    """A picture with everything that is true of it."""

    key: tuple[int, ...]
    size: int
    level: Level
    content: Content
    placements: tuple[Placement, ...]
    """In the order in which they are painted."""

    @cached_property
    def things(self) -> tuple[Thing, ...]:
        """Everything in the picture, the hindmost first."""
        found: list[Thing] = []
        for placement in self.placements:
            group = self.content.groups[placement.group]
            shape = sprite_for(group, placement, self._scale)
            left, top = corner(shape, placement, self._scale)
            near, upper, far, lower = shape.bounds
            box = (left + near, top + upper, left + far, top + lower)
            middle = ((box[0] + box[2]) / 2 / self._scale, (box[1] + box[3]) / 2 / self._scale)
            found.append(Thing(group.name, box, size_of(placement.side), place_of(*middle)))
        return tuple(found)

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each thing."""
        return {group.name: group.count for group in self.content.groups}

    @property
    def relations(self) -> tuple[Relation, ...]:
        """Every relation that holds, both ways round."""
        return self.content.relations

    @cached_property
    def pixels(self) -> NDArray[np.uint8]:
        """The picture: (size, size, 3)."""
        dice = Dice(*self.key, _PIXELS)
        canvas = paint(self.content.background, self.level, self.size, dice)
        for placement in self.placements:
            shape = sprite_for(self.content.groups[placement.group], placement, self._scale)
            shape.paste(canvas, *corner(shape, placement, self._scale))
        return canvas

    @cached_property
    def masks(self) -> NDArray[np.bool_]:
        """The pixels in which each thing is seen: (things, size, size)."""
        masks = np.zeros((len(self.placements), self.size, self.size), dtype=np.bool_)
        for number, placement in enumerate(self.placements):
            shape = sprite_for(self.content.groups[placement.group], placement, self._scale)
            left, top = corner(shape, placement, self._scale)
            height, width = shape.mask.shape
            over = np.s_[top : top + height, left : left + width]
            for behind in masks[:number]:
                behind[over] &= ~shape.mask
            masks[number][over] = shape.mask
        return masks

    @property
    def caption(self) -> str:
        """Everything that is true of the picture, always said in the same way."""
        return plain_caption(self.content)

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """Several ways to say what is in the picture, some of them requests to draw it."""
        return tuple(self.speak(number) for number in range(SENTENCES))

    def speak(self, number: int = 0, phrasing: Phrasing = "seen") -> str:
        """One more sentence; "unseen" phrasings are kept out of training."""
        return speak(self.content, phrasing, Dice(*self.key, _SENTENCES, number))

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Questions about the picture, of every kind that it allows, with their answers."""
        return self.ask()

    def ask(self, phrasing: Phrasing = "seen") -> tuple[Question, ...]:
        """The same questions; "unseen" phrasings are kept out of training."""
        places = tuple(thing.place for thing in self.things)
        return ask(self.content, places, phrasing, Dice(*self.key, _QUESTIONS))

    @property
    def _scale(self) -> int:
        return self.size // UNITS


def scale_for(size: int) -> int:
    """Pixels a unit in a picture of this size; InputError if they do not come out even."""
    if size % UNITS or size <= 0:
        raise InputError(
            f"no picture can be {size!r} pixels wide; a multiple of {UNITS} is allowed",
            hint=f"ask for {UNITS} or {2 * UNITS}",
        )
    return size // UNITS


def make_scene(
    split: Split,
    seed: int,
    number: int,
    size: int = 64,
    level: AnyLevel = "any",
) -> Scene:
    """One scene; the same arguments always give the same one."""
    scale_for(size)
    if level != "any" and level not in LEVELS:
        raise InputError(
            f"unknown level {level!r}; allowed: any, {', '.join(LEVELS)}",
            hint="any takes each level equally often",
        )
    key = (split_number(split), seed, number)
    dice = Dice(*key)
    thrown = dice.choose(LEVELS)
    chosen = thrown if level == "any" else level
    content = draw_content(split, chosen, dice)
    return Scene(key, size, chosen, content, lay_out(content, chosen, dice))


def scenes(
    split: Split, seed: int, size: int = 64, level: AnyLevel = "any", first: int = 0
) -> Iterator[Scene]:
    """Scenes without end."""
    return (make_scene(split, seed, number, size, level) for number in count(first))


@dataclass(frozen=True)
class SceneBatch:
    """Many scenes, their pictures in one array."""

    scenes: tuple[Scene, ...]
    pixels: NDArray[np.uint8]
    """(scenes, size, size, 3)."""
    sentences: tuple[str, ...]
    """One for each."""


def scene_batch(
    split: Split,
    seed: int,
    first: int,
    count: int,
    size: int = 64,
    level: AnyLevel = "any",
) -> SceneBatch:
    """The scenes numbered from `first`, as `scenes` would give them, ready for training."""
    made = tuple(make_scene(split, seed, first + number, size, level) for number in range(count))
    pixels = np.stack([scene.pixels for scene in made])
    return SceneBatch(made, pixels, tuple(scene.speak() for scene in made))
