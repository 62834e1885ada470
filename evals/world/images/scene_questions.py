"""Questions about a scene, with exact answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from evals.world.images.scene_content import INVERSE, Content, Group
from evals.world.phrase_templates import Phrasing, templates
from evals.world.seeded_random import SeededRandom
from evals.world.sprites import OBJECTS
from evals.world.vocabulary import KINDS, NUMBERS, RELATION_PHRASES, with_article

QuestionKind = Literal["what", "how many", "colour", "where", "yes or no"]
QUESTION_KINDS: tuple[QuestionKind, ...] = ("what", "how many", "colour", "where", "yes or no")


@dataclass(frozen=True)
class SceneQuestion:
    """A question and its answer: a name, digits, colour, position, yes/no."""

    kind: QuestionKind
    text: str
    answer: str


def ask(
    content: Content, places: tuple[str, ...], phrasing: Phrasing, rng: SeededRandom
) -> tuple[SceneQuestion, ...]:
    """Return all kinds of questions about a scene, given its objects' `places`."""
    builder = _QuestionBuilder(content, phrasing, rng)
    return (
        *builder.what(),
        *builder.how_many(),
        *builder.colour(),
        *builder.where(places),
        *builder.yes_or_no(),
    )


@dataclass(frozen=True)
class _QuestionBuilder:
    content: Content
    phrasing: Phrasing
    rng: SeededRandom

    def _fill_template(self, slot: str, **words: str) -> str:
        return self.rng.choose(templates(f"question {slot}", self.phrasing)).format_map(words)

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
        while (name := self.rng.choose(tuple(OBJECTS))) in present:
            pass
        return name

    def what(self) -> Iterator[SceneQuestion]:
        groups = self.content.groups
        if len(groups) == 1:
            yield SceneQuestion("what", self._fill_template("what"), _noun_phrase(groups[0]))
            return
        # In a row of three, only the middle one is unambiguously next to each outer one.
        relations = self._relations()
        subject, word, other = self.rng.choose(
            [relation for relation in relations if groups[1] in (relation[0], relation[2])]
            if self.content.kind != "row"
            else [found for found in relations if found[2] is groups[1]]
        )
        where = f"{self.rng.choose(RELATION_PHRASES[word])} the {_noun_phrase(other)}"
        yield SceneQuestion(
            "what", self._fill_template("what there", where=where), _noun_phrase(subject)
        )

    def how_many(self) -> Iterator[SceneQuestion]:
        for group in self.content.groups:
            yield self._how_many(group.name, group.count)
        if self.rng.chance(0.25):
            yield self._how_many(self._absent(), 0)

    def _how_many(self, name: str, count: int) -> SceneQuestion:
        return SceneQuestion(
            "how many", self._fill_template("how many", nouns=KINDS[name].plural), str(count)
        )

    def colour(self) -> Iterator[SceneQuestion]:
        yield SceneQuestion(
            "colour", self._fill_template("background"), self.content.background.words
        )
        for group in self.content.groups:
            if colour := group.colour or KINDS[group.name].colour:
                text = self._fill_template(
                    "colour", noun=_noun_phrase(group), **{"is": _verb(group)}
                )
                yield SceneQuestion("colour", text, colour)

    def where(self, places: tuple[str, ...]) -> Iterator[SceneQuestion]:
        if self.content.kind == "single":
            if places[0]:
                yield SceneQuestion(
                    "where",
                    self._fill_template("where", noun=self.content.groups[0].name),
                    places[0],
                )
            return
        if relations := self._relations():
            group, word, other = self.rng.choose(relations)
            text = self._fill_template(
                "where from",
                noun=_noun_phrase(group),
                other=_noun_phrase(other),
                **{"is": _verb(group)},
            )
            yield SceneQuestion("where", text, word)

    def yes_or_no(self) -> Iterator[SceneQuestion]:
        group = self.rng.choose(self.content.groups)
        is_present = self.rng.chance(0.5)
        name = group.name if is_present else self._absent()
        yield _yes_or_no(self._fill_template("is there", a=with_article(name)), is_present)
        if group.count > 1:
            right = self.rng.chance(0.5)
            wrong = [n for n in range(2, 10) if n != group.count]
            number = group.count if right else self.rng.choose(wrong)
            words = {"n": NUMBERS[number], "nouns": KINDS[group.name].plural}
            yield _yes_or_no(self._fill_template("are there", **words), right)
        relations = [relation for relation in self._relations() if relation[1] in INVERSE]
        if relations:
            group, word, other = self.rng.choose(relations)
            right = self.rng.chance(0.5)
            relation_word = word if right else self.rng.choose([w for w in INVERSE if w != word])
            words = {
                "noun": _noun_phrase(group),
                "word": relation_word,
                "other": _noun_phrase(other),
            }
            yield _yes_or_no(
                self._fill_template("relation", **words, **{"is": _verb(group)}), right
            )


def _yes_or_no(text: str, right: bool) -> SceneQuestion:
    return SceneQuestion("yes or no", text, "yes" if right else "no")


def _noun_phrase(group: Group) -> str:
    return group.name if group.count == 1 else KINDS[group.name].plural


def _verb(group: Group) -> str:
    return "is" if group.count == 1 else "are"
