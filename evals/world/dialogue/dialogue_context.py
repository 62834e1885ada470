"""Build the parts that all kinds of dialogue share."""

from __future__ import annotations

from dataclasses import dataclass

from evals.world.images.scene_content import COLOURS, COUNTS, HELD_OUT, Background, Content, Group
from evals.world.images.scene_layout import lay_out
from evals.world.images.scenes import Scene, make_scene
from evals.world.phrase_templates import Phrasing, templates
from evals.world.seeded_random import SeededRandom
from evals.world.splits import Split, split_number, split_of
from evals.world.sprites import OBJECTS
from evals.world.vocabulary import KINDS, NUMBERS

SIDE = 64
DIALOGUES = 303
"""Part of the random keys: dialogues differ from scenes with the same numbers."""


@dataclass(frozen=True)
class DialogueContext:
    """Split, numbers, phrasing and random generator of a dialogue."""

    split: Split
    seed: int
    number: int
    phrasing: Phrasing
    rng: SeededRandom

    def fill_phrase(self, slot: str, **words: str) -> str:
        template = self.rng.choose(templates(f"dialogue: {slot}", self.phrasing))
        return template.format_map(words)

    def scene(self, content: Content | None = None, index: int = 0) -> Scene:
        """Return a scene of the content, or any scene of the split."""
        if content is None:
            return make_scene(self.split, self.seed, self.number, SIDE)
        key = (DIALOGUES, split_number(self.split), self.seed, self.number, index)
        return Scene(key, SIDE, "clear", content, lay_out(content, "clear", self.rng))

    def sample_counted(self) -> Content:
        """Sample some objects of one kind on a plain background."""
        while True:
            name, count = self.rng.choose(tuple(OBJECTS)), self.rng.choose((1, *COUNTS))
            background = Background(self.rng.choose(tuple(COLOURS)))
            content = Content("count", (Group(name, count),), background)
            if self.in_split(content):
                return content

    def in_split(self, content: Content) -> bool:
        return split_of(content.pairs, HELD_OUT) == self.split

    def number_words(self, count: int) -> str:
        return NUMBERS[count] if self.rng.chance(0.5) else str(count)


def noun_for(name: str, count: int) -> str:
    return name if count == 1 else KINDS[name].plural
