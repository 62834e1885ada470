"""Synthetic images with exact ground truth.

>>> scene = make_scene("train", seed=0, number=1)
>>> scene.pixels.shape, scene.caption
((64, 64, 3), 'nine cups on a purple background')

Split, seed, number and level determine a scene; its pixels, masks, sentences and questions are
computed on first access.
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
    lay_out,
    position_name,
    size_of,
    sprite_corner,
    sprite_for,
)
from evals.world.images.scene_questions import SceneQuestion, ask
from evals.world.images.scene_sentences import plain_caption, speak
from evals.world.phrase_templates import Phrasing
from evals.world.seeded_random import SeededRandom
from evals.world.splits import Split, split_number
from tools.errors import InputError

AnyLevel = Level | Literal["any"]
SENTENCES = 5
"""Number of sentences for each scene."""

_PIXELS, _SENTENCES, _QUESTIONS = 1, 2, 3
"""Parts of the random keys: pixels, sentences and questions use separate generators."""


@dataclass(frozen=True)
class Thing:
    """One object in an image."""

    name: str
    box: tuple[int, int, int, int]
    """Left, top, right, bottom in pixels, occluded parts included."""
    size: Size
    place: str
    """The position of its centre, such as "top left"; "" if ambiguous."""


@dataclass(frozen=True)
class Scene:
    """An image and its ground truth."""

    key: tuple[int, ...]
    size: int
    level: Level
    content: Content
    placements: tuple[Placement, ...]
    """In painting order."""

    @cached_property
    def things(self) -> tuple[Thing, ...]:
        """All objects in the image, back to front."""
        things: list[Thing] = []
        for placement in self.placements:
            group = self.content.groups[placement.group]
            shape = sprite_for(group, placement, self._scale)
            left, top = sprite_corner(shape, placement, self._scale)
            near, upper, far, lower = shape.bounds
            box = (left + near, top + upper, left + far, top + lower)
            middle = ((box[0] + box[2]) / 2 / self._scale, (box[1] + box[3]) / 2 / self._scale)
            things.append(Thing(group.name, box, size_of(placement.side), position_name(*middle)))
        return tuple(things)

    @property
    def counts(self) -> dict[str, int]:
        """The number of each object."""
        return {group.name: group.count for group in self.content.groups}

    @property
    def relations(self) -> tuple[Relation, ...]:
        """Every true relation, in both directions."""
        return self.content.relations

    @cached_property
    def pixels(self) -> NDArray[np.uint8]:
        """The image: (size, size, 3)."""
        rng = SeededRandom(*self.key, _PIXELS)
        canvas = paint(self.content.background, self.level, self.size, rng)
        for placement in self.placements:
            shape = sprite_for(self.content.groups[placement.group], placement, self._scale)
            shape.paste(canvas, *sprite_corner(shape, placement, self._scale))
        return canvas

    @cached_property
    def masks(self) -> NDArray[np.bool_]:
        """The visible pixels of each object: (things, size, size)."""
        masks = np.zeros((len(self.placements), self.size, self.size), dtype=np.bool_)
        for number, placement in enumerate(self.placements):
            shape = sprite_for(self.content.groups[placement.group], placement, self._scale)
            left, top = sprite_corner(shape, placement, self._scale)
            height, width = shape.mask.shape
            window = np.s_[top : top + height, left : left + width]
            for behind in masks[:number]:
                behind[window] &= ~shape.mask
            masks[number][window] = shape.mask
        return masks

    @property
    def caption(self) -> str:
        """The canonical caption: all that is visible, always phrased alike."""
        return plain_caption(self.content)

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """Several phrasings, some of them requests to draw the image."""
        return tuple(self.speak(number) for number in range(SENTENCES))

    def speak(self, number: int = 0, phrasing: Phrasing = "seen") -> str:
        """Return another sentence; "unseen" phrasings are held out from training."""
        return speak(self.content, phrasing, SeededRandom(*self.key, _SENTENCES, number))

    @cached_property
    def questions(self) -> tuple[SceneQuestion, ...]:
        """All kinds of questions about the image, with their answers."""
        return self.ask()

    def ask(self, phrasing: Phrasing = "seen") -> tuple[SceneQuestion, ...]:
        """Return the questions; "unseen" phrasings are held out from training."""
        places = tuple(thing.place for thing in self.things)
        return ask(self.content, places, phrasing, SeededRandom(*self.key, _QUESTIONS))

    @property
    def _scale(self) -> int:
        return self.size // UNITS


def scale_for(size: int) -> int:
    """Return the pixels a unit; InputError unless it is a whole number."""
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
    """Create a scene; the same arguments always return the same one."""
    scale_for(size)
    if level != "any" and level not in LEVELS:
        raise InputError(
            f"unknown level {level!r}; allowed: any, {', '.join(LEVELS)}",
            hint="any takes each level equally often",
        )
    key = (split_number(split), seed, number)
    rng = SeededRandom(*key)
    random_level = rng.choose(LEVELS)
    chosen_level = random_level if level == "any" else level
    content = draw_content(split, chosen_level, rng)
    return Scene(key, size, chosen_level, content, lay_out(content, chosen_level, rng))


def scenes(
    split: Split, seed: int, size: int = 64, level: AnyLevel = "any", first: int = 0
) -> Iterator[Scene]:
    """Yield scenes without end."""
    return (make_scene(split, seed, number, size, level) for number in count(first))


@dataclass(frozen=True)
class SceneBatch:
    """Many scenes, their images in one array."""

    scenes: tuple[Scene, ...]
    pixels: NDArray[np.uint8]
    """(scenes, size, size, 3)."""
    sentences: tuple[str, ...]
    """One for each scene."""


def scene_batch(
    split: Split,
    seed: int,
    first: int,
    count: int,
    size: int = 64,
    level: AnyLevel = "any",
) -> SceneBatch:
    """Return a training batch of the scenes numbered from `first`."""
    batch = tuple(make_scene(split, seed, first + number, size, level) for number in range(count))
    pixels = np.stack([scene.pixels for scene in batch])
    return SceneBatch(batch, pixels, tuple(scene.speak() for scene in batch))
