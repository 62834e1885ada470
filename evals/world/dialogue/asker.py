"""Build the parts that all kinds of dialogue share."""

from __future__ import annotations

from dataclasses import dataclass

from evals.world.images.scene_content import COLOURS, COUNTS, HELD_OUT, Background, Content, Group
from evals.world.images.scene_layout import lay_out
from evals.world.images.scenes import Scene, make_scene
from evals.world.phrase_templates import Phrasing, templates
from evals.world.seeded_random import Dice
from evals.world.splits import Split, split_number, split_of
from evals.world.sprites import OBJECTS
from evals.world.vocabulary import KINDS, NUMBERS

SIDE = 64
DIALOGUES = 303
"""Part of the random keys: dialogues differ from scenes with the same numbers."""


@dataclass(frozen=True)
class Asker:
    """Split, numbers, phrasing and random generator of a dialogue."""

    split: Split
    seed: int
    number: int
    phrasing: Phrasing
    dice: Dice

    def say(self, slot: str, **words: str) -> str:
        said = self.dice.choose(templates(f"dialogue: {slot}", self.phrasing))
        return said.format_map(words)

    def scene(self, content: Content | None = None, place: int = 0) -> Scene:
        """Return a scene of the content, or any scene of the split."""
        if content is None:
            return make_scene(self.split, self.seed, self.number, SIDE)
        key = (DIALOGUES, split_number(self.split), self.seed, self.number, place)
        return Scene(key, SIDE, "clear", content, lay_out(content, "clear", self.dice))

    def counted(self) -> Content:
        """Sample some objects of one kind on a plain background."""
        while True:
            name, count = self.dice.choose(tuple(OBJECTS)), self.dice.choose((1, *COUNTS))
            background = Background(self.dice.choose(tuple(COLOURS)))
            content = Content("count", (Group(name, count),), background)
            if self.fits(content):
                return content

    def fits(self, content: Content) -> bool:
        return split_of(content.pairs, HELD_OUT) == self.split

    def number_of(self, count: int) -> str:
        return NUMBERS[count] if self.dice.chance(0.5) else str(count)


def noun_for(name: str, count: int) -> str:
    return name if count == 1 else KINDS[name].plural
