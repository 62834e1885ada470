"""The wordings of the world: how many there are, and which are held out."""

import re
from itertools import product

import pytest

from evals.world.images.scene_claims import read_sentence
from evals.world.images.scenes import scenes
from evals.world.phrase_templates import (
    ALTERNATIVES,
    choose_template,
    count_wordings,
    templates,
)
from evals.world.seeded_random import SeededRandom
from evals.world.vocabulary import PLACES

SIDES = ["left of", "right of", "above", "below"]
SLOTS = [
    "request", *SIDES, "inside", "between", *(f"row {side}" for side in SIDES),
    "together", "beside", "row", "background", "place", "number",
]  # fmt: skip


def expand(template: str) -> list[str]:
    pieces = ALTERNATIVES.split(template)
    options = [piece.split("|") if odd % 2 else [piece] for odd, piece in enumerate(pieces)]
    return ["".join(choice) for choice in product(*options)]


def blank(template: str) -> str:
    return re.sub(r"\{\w+\}", "_", template)


def words(text: str) -> set[str]:
    return set(re.findall(r"[a-z']+", re.sub(r"\{\w+\}", " ", text.lower())))


@pytest.mark.parametrize("slot", SLOTS)
def test_no_varied_wording_is_held_out(slot: str) -> None:
    held_out = {blank(template) for template in templates(slot, "unseen")}
    held_out -= {blank(template) for other in SLOTS for template in templates(other, "seen")}

    varied = {blank(text) for other in SLOTS for text in all_varied(other)}

    assert held_out & varied == set()


@pytest.mark.parametrize("slot", SLOTS)
def test_no_varied_wording_has_a_word_that_is_held_out(slot: str) -> None:
    known = {word for places in PLACES.values() for place in places for word in words(place)}
    for other in SLOTS:
        known |= {word for template in templates(other, "seen") for word in words(template)}
    held_out = {
        word for other in SLOTS for text in templates(other, "unseen") for word in words(text)
    } - known

    assert {word for template in templates(slot, "varied") for word in words(template)} & (
        held_out
    ) == set()


def all_varied(slot: str) -> list[str]:
    return [text for template in templates(slot, "varied") for text in expand(template)]


@pytest.mark.parametrize("slot", ["request", *SIDES, "inside", "background"])
def test_there_are_many_more_varied_wordings(slot: str) -> None:
    assert count_wordings(slot, "varied") > 10 * count_wordings(slot, "seen")


def test_one_of_the_alternatives_is_said() -> None:
    for number in range(200):
        template = choose_template("request", "varied", SeededRandom(number))
        assert "(" not in template
        assert "|" not in template
        assert "{scene}" in template


def test_varied_sentences_claim_what_is_there() -> None:
    wrong: list[str] = []
    for scene, _ in zip(scenes("train", 3, 64, "clear"), range(1_500), strict=False):
        sentence = scene.speak(0, "varied")
        claims = read_sentence(sentence)
        true_counts = dict(scene.counts)
        relations = {
            (relation.subject, relation.word, tuple(sorted(relation.objects)))
            for relation in scene.relations
        }
        false_relations = [
            relation
            for relation in claims.relations
            if (relation.subject, relation.word, tuple(sorted(relation.objects))) not in relations
        ]
        if claims.counts != true_counts or false_relations:
            wrong.append(sentence)

    assert wrong == []


def test_a_varied_sentence_about_a_relation_is_understood() -> None:
    understood = total = 0
    for scene, _ in zip(scenes("train", 4, 64, "clear"), range(1_500), strict=False):
        if scene.content.kind == "inside":
            total += 1
            understood += bool(read_sentence(scene.speak(0, "varied")).relations)

    assert understood == total
