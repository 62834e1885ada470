"""Questions about a scene, with exact answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from evals.world.images.scene_content import INVERSE, Content, Group
from evals.world.phrase_templates import Phrasing, templates
from evals.world.seeded_random import Dice
from evals.world.sprites import OBJECTS
from evals.world.vocabulary import KINDS, NUMBERS, WHERE, with_article

QuestionKind = Literal["what", "how many", "colour", "where", "yes or no"]
QUESTION_KINDS: tuple[QuestionKind, ...] = ("what", "how many", "colour", "where", "yes or no")


@dataclass(frozen=True)
class Question:
    """A question and its answer: a name, digits, colour, position, yes/no."""

    kind: QuestionKind
    text: str
    answer: str


def ask(
    content: Content, places: tuple[str, ...], phrasing: Phrasing, dice: Dice
) -> tuple[Question, ...]:
    """Return all kinds of questions about a scene, given its objects' `places`."""
    asker = _Asker(content, phrasing, dice)
    return (
        *asker.what(),
        *asker.how_many(),
        *asker.colour(),
        *asker.where(places),
        *asker.yes_or_no(),
    )


@dataclass(frozen=True)
class _Asker:
    content: Content
    phrasing: Phrasing
    dice: Dice

    def _say(self, slot: str, **words: str) -> str:
        return self.dice.choose(templates(f"question {slot}", self.phrasing)).format_map(words)

    def _relations(self) -> list[tuple[Group, str, Group]]:
        """Return (subject, relation, object) for every relation but "between"."""
        by_name = {group.name: group for group in self.content.groups}
        return [
            (by_name[relation.subject], relation.word, by_name[relation.objects[0]])
            for relation in self.content.relations
            if relation.word != "between"
        ]

    def _absent(self) -> str:
        present = {group.name for group in self.content.groups}
        while (name := self.dice.choose(tuple(OBJECTS))) in present:
            pass
        return name

    def what(self) -> Iterator[Question]:
        groups = self.content.groups
        if len(groups) == 1:
            yield Question("what", self._say("what"), _called(groups[0]))
            return
        # In a row of three, only the middle one is unambiguously next to each outer one.
        relations = self._relations()
        subject, word, other = self.dice.choose(
            [found for found in relations if groups[1] in (found[0], found[2])]
            if self.content.kind != "row"
            else [found for found in relations if found[2] is groups[1]]
        )
        where = f"{self.dice.choose(WHERE[word])} the {_called(other)}"
        yield Question("what", self._say("what there", where=where), _called(subject))

    def how_many(self) -> Iterator[Question]:
        for group in self.content.groups:
            yield self._how_many(group.name, group.count)
        if self.dice.chance(0.25):
            yield self._how_many(self._absent(), 0)

    def _how_many(self, name: str, count: int) -> Question:
        return Question("how many", self._say("how many", nouns=KINDS[name].plural), str(count))

    def colour(self) -> Iterator[Question]:
        yield Question("colour", self._say("background"), self.content.background.words)
        for group in self.content.groups:
            if colour := group.colour or KINDS[group.name].colour:
                text = self._say("colour", noun=_called(group), **{"is": _is(group)})
                yield Question("colour", text, colour)

    def where(self, places: tuple[str, ...]) -> Iterator[Question]:
        if self.content.kind == "single":
            if places[0]:
                yield Question(
                    "where", self._say("where", noun=self.content.groups[0].name), places[0]
                )
            return
        if relations := self._relations():
            group, word, other = self.dice.choose(relations)
            text = self._say(
                "where from", noun=_called(group), other=_called(other), **{"is": _is(group)}
            )
            yield Question("where", text, word)

    def yes_or_no(self) -> Iterator[Question]:
        group = self.dice.choose(self.content.groups)
        there = self.dice.chance(0.5)
        name = group.name if there else self._absent()
        yield _yes(self._say("is there", a=with_article(name)), there)
        if group.count > 1:
            right = self.dice.chance(0.5)
            wrong = [n for n in range(2, 10) if n != group.count]
            number = group.count if right else self.dice.choose(wrong)
            words = {"n": NUMBERS[number], "nouns": KINDS[group.name].plural}
            yield _yes(self._say("are there", **words), right)
        relations = [found for found in self._relations() if found[1] in INVERSE]
        if relations:
            group, word, other = self.dice.choose(relations)
            right = self.dice.chance(0.5)
            asked = word if right else self.dice.choose([w for w in INVERSE if w != word])
            words = {"noun": _called(group), "word": asked, "other": _called(other)}
            yield _yes(self._say("relation", **words, **{"is": _is(group)}), right)


def _yes(text: str, right: bool) -> Question:
    return Question("yes or no", text, "yes" if right else "no")


def _called(group: Group) -> str:
    return group.name if group.count == 1 else KINDS[group.name].plural


def _is(group: Group) -> str:
    return "is" if group.count == 1 else "are"
