"""The parser of drawing prompts reads the sentences of the world as its own templates do."""

import pytest

from evals.world.images.scene_claims import read_sentence
from evals.world.images.scene_content import Relation
from evals.world.images.scenes import make_scene
from evals.world.phrase_templates import Phrasing
from evals.world.vocabulary import KINDS
from tools.signal.drawings.image_claims import RelationClaim
from tools.signal.drawings.prompt_parser import parse_prompt
from tools.signal.drawings.prompt_wording import plain_prompt

COUNT = 400
NAMES = {word: name for name, kind in KINDS.items() for word in (name, kind.plural, *kind.words)}


def sentences(phrasing: Phrasing) -> list[str]:
    return [make_scene("train", 11, number).speak(0, phrasing) for number in range(COUNT)]


def share(outcomes: list[bool]) -> float:
    return sum(outcomes) / len(outcomes)


def relation_of(claim: RelationClaim) -> Relation:
    names = tuple(NAMES.get(name, name) for name in claim.objects)
    ordered = tuple(sorted(names)) if claim.word == "between" else names
    return Relation(NAMES.get(claim.subject, claim.subject), claim.word, ordered)


@pytest.mark.parametrize(("phrasing", "minimum"), [("seen", 0.97), ("unseen", 0.95)])
def test_numbers_are_read_alike(phrasing: Phrasing, minimum: float) -> None:
    outcomes = [
        {NAMES.get(claim.name, claim.name): claim.count for claim in parse_prompt(text).objects}
        == read_sentence(text).counts
        for text in sentences(phrasing)
    ]

    assert share(outcomes) >= minimum


@pytest.mark.parametrize(("phrasing", "minimum"), [("seen", 0.97), ("unseen", 0.95)])
def test_relations_are_read_alike(phrasing: Phrasing, minimum: float) -> None:
    outcomes: list[bool] = []
    for text in sentences(phrasing):
        expected = read_sentence(text).relations
        relations = {relation_of(claim) for claim in parse_prompt(text).relations}
        outcomes.append(relations <= expected and bool(relations) == bool(expected))

    assert share(outcomes) >= minimum


@pytest.mark.parametrize("phrasing", ["seen", "unseen"])
def test_backgrounds_are_read_alike(phrasing: Phrasing) -> None:
    outcomes = [
        frozenset(parse_prompt(text).background) == read_sentence(text).background
        for text in sentences(phrasing)
    ]

    assert share(outcomes) >= 0.99


def test_plain_words_say_the_same() -> None:
    outcomes = [
        read_sentence(plain_prompt(text) or text) == read_sentence(text)
        for text in sentences("seen")
    ]

    assert share(outcomes) >= 0.95
