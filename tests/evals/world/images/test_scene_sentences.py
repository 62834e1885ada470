import re
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.world import make_scene, scenes
from evals.world.images.scene_claims import normalise_relations, read_sentence
from evals.world.images.scene_content import Relation
from evals.world.phrase_templates import Phrasing
from evals.world.splits import SPLITS
from tests.examples import examples


def claims(text: str) -> tuple[dict[str, int | None], set[str], set[str]]:
    read = read_sentence(text)
    relations = {f"{r.subject} {r.word} {' and '.join(r.objects)}" for r in read.relations}
    return dict(read.counts), relations, set(read.background)


@given(st.sampled_from(SPLITS), st.integers(0, 10**6), st.sampled_from(("seen", "unseen")))
@examples(300)
def test_every_sentence_reads_back_to_what_is_true_of_its_scene(
    split: str, number: int, phrasing: Phrasing
):
    scene = make_scene(split, 1, number)  # type: ignore[arg-type]
    read = read_sentence(scene.speak(number % 7, phrasing))
    assert dict(read.counts) == scene.counts
    assert read.relations <= normalise_relations(frozenset(scene.relations))
    assert read.background in (
        frozenset(),
        frozenset(scene.content.background.words.split(" and ")),
    )


@given(st.integers(0, 10**6))
@examples(150)
def test_the_plain_caption_tells_everything(number: int):
    scene = make_scene("test", 2, number)
    read = read_sentence(scene.caption)
    assert dict(read.counts) == scene.counts
    assert read.relations == normalise_relations(frozenset(scene.relations))
    assert read.background == frozenset(scene.content.background.words.split(" and "))


@pytest.mark.parametrize(
    ("text", "counts", "relations", "background"),
    [
        ("Draw six apples", {"apple": 6}, set(), set()),
        ("half a dozen apples", {"apple": 6}, set(), set()),
        ("a couple of puppies, please", {"dog": 2}, set(), set()),
        ("please paint an umbrella on a blue background.", {"umbrella": 1}, set(), {"blue"}),
        ("a pup beside a tree", {"dog": 1, "tree": 1}, set(), set()),
        ("three kitties left of 2 cars", {"cat": 3, "car": 2}, {"cat left of car"}, set()),
        ("A dog is to the right of the cat", {"dog": 1, "cat": 1}, {"cat left of dog"}, set()),
        ("to the left of the car is a bee", {"car": 1, "bee": 1}, {"bee left of car"}, set()),
        (
            "suns over a boat on pink to white",
            {"sun": None, "boat": 1},
            {"sun above boat"},
            {"pink", "white"},
        ),
        ("a box with four stars in it", {"star": 4, "square": 1}, {"star inside square"}, set()),
        (
            "an owl between a fox and a bear",
            {"owl": 1, "fox": 1, "bear": 1},
            {"owl between bear and fox"},
            set(),
        ),
        (
            "a cat left of a dog left of a cow",
            {"cat": 1, "dog": 1, "cow": 1},
            {"cat left of dog", "dog left of cow", "cat left of cow", "dog between cat and cow"},
            set(),
        ),
        ("7 minus 1 apples", {"apple": 6}, set(), set()),
        ("what is left of seven apples after taking one away", {"apple": 6}, set(), set()),
        ("two hearts plus two", {"heart": 4}, set(), set()),
        ("15 stars", {"star": 15}, set(), set()),
        ("2 minus 5 apples", {"apple": 0}, set(), set()),
        ("I see dogs", {"dog": None}, set(), set()),
        ("nothing to see here", {}, set(), set()),
    ],
)  # fmt: skip
def test_the_reader_understands_people(
    text: str, counts: dict[str, int | None], relations: set[str], background: set[str]
):
    assert claims(text) == (counts, relations, background)


def test_relations_are_reduced_to_left_of_and_above():
    said = frozenset({Relation("cat", "right of", ("dog",)), Relation("sun", "below", ("moon",))})
    assert normalise_relations(said) == {
        Relation("dog", "left of", ("cat",)),
        Relation("moon", "above", ("sun",)),
    }


def test_requests_are_phrased_in_hundreds_of_ways():
    shapes = set[str]()
    for scene in islice(scenes("train", 4), 600):
        for sentence in scene.sentences:
            shapes.add(re.sub(r"\d|\b(on|against|in front of) an? .* background", "", sentence))
    assert len(shapes) > 2000


def test_what_is_said_in_unseen_phrasings_is_never_said_in_seen_ones():
    seen = {s.lower() for scene in islice(scenes("train", 6), 500) for s in scene.sentences}
    assert not [said for said in seen if re.search(r"sketch|backdrop|precisely|let me see", said)]
    assert not seen & {
        scene.speak(number, "unseen").lower()
        for scene in islice(scenes("train", 6), 500)
        for number in range(5)
    }
