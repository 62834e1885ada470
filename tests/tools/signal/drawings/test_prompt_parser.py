"""What a prompt asks a drawing to show."""

import pytest

from tools.signal.drawings.image_claims import ObjectClaim, RelationClaim
from tools.signal.drawings.prompt_parser import parse_prompt


def counts(prompt: str) -> dict[str, int | None]:
    return {claim.name: claim.count for claim in parse_prompt(prompt).objects}


def relations(prompt: str) -> set[tuple[str, ...]]:
    return {(r.subject, r.word, *r.objects) for r in parse_prompt(prompt).relations}


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("Draw three dogs and a cat, please", {"dog": 3, "cat": 1}),
        ("a picture of a golden retriever", {"golden retriever": 1}),
        ("exactly 4 small red apples", {"apple": 4}),
        ("a pair of mice with half a dozen slices of pizza", {"mouse": 2, "slice of pizza": 6}),
        ("several boats and the moon", {"boat": None, "moon": 1}),
        ("a cat sitting on a sofa", {"cat": 1, "sofa": 1}),
        ("apples and a pear", {"apple": None, "pear": 1}),
        ("an orange on a plate", {"orange": 1, "plate": 1}),
        ("a group of five owls", {"owl": 5}),
        ("Three dogs. The dogs are left of a house.", {"dog": 3, "house": 1}),
        ("what is left of seven apples after taking two away", {"apple": 5}),
        ("eight minus three keys", {"key": 5}),
        ("two pears and 3 more pears", {"pear": 5}),
        ("two and three more pears", {"pear": 5}),
        ("the feeling of freedom on a sunny day", {}),
        ("freedom", {}),
    ],
)
def test_objects_have_their_number(prompt: str, expected: dict[str, int | None]) -> None:
    assert counts(prompt) == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a dog to the left of a cat", {("dog", "left of", "cat")}),
        ("a dog on the right side of two cats", {("cat", "left of", "dog")}),
        ("a dog on the left and a cat on the right", {("dog", "left of", "cat")}),
        ("on the right a dog, on the left a cat", {("cat", "left of", "dog")}),
        ("a cat with a dog over on the left", {("dog", "left of", "cat")}),
        ("a star above a house", {("star", "above", "house")}),
        ("a house with a star right over it", {("star", "above", "house")}),
        ("a bus that is underneath a cloud", {("cloud", "above", "bus")}),
        ("at the bottom a bus, at the top a cloud", {("cloud", "above", "bus")}),
        ("below a cloud is a bus", {("cloud", "above", "bus")}),
        ("two frogs in a red square", {("frog", "inside", "square")}),
        ("a circle that holds a bee", {("bee", "inside", "circle")}),
        ("a ring with a bee in it", {("bee", "inside", "ring")}),
        ("a bee with a ring around", {("bee", "inside", "ring")}),
        ("an owl between a cat and a dog", {("owl", "between", "cat", "dog")}),
        ("a cat and a dog and between them an owl", {("owl", "between", "cat", "dog")}),
        (
            "an owl, then a cat, then a dog, right to left",
            {("dog", "left of", "cat"), ("cat", "left of", "owl")},
        ),
        (
            "a cat between an owl at the top and a dog at the bottom",
            {("owl", "above", "cat"), ("cat", "above", "dog")},
        ),
        (
            "an owl left of a cat left of a dog",
            {("owl", "left of", "cat"), ("cat", "left of", "dog")},
        ),
        ("a man in a hat", set()),
        ("a cat next to a dog", set()),
    ],
)
def test_relations_are_reduced_to_left_of_and_above(
    prompt: str, expected: set[tuple[str, ...]]
) -> None:
    assert relations(prompt) == expected


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a dog on a blue background", ("blue",)),
        ("a dog on blue", ("blue",)),
        ("a dog before a gray backdrop", ("grey",)),
        ("two dogs with pink behind", ("pink",)),
        ("a dog where the whole background is green and white", ("green", "white")),
        ("a dog, white-to-violet background", ("white", "purple")),
        ("a blue dog", ()),
    ],
)
def test_the_background_is_one_colour_or_two(prompt: str, expected: tuple[str, ...]) -> None:
    assert parse_prompt(prompt).background == expected


def test_colour_size_and_place_belong_to_their_object() -> None:
    claims = parse_prompt("a tiny yellow bird in the upper left corner")

    assert claims.objects == (
        ObjectClaim(
            "bird", "bird", 1, is_exact=False, colour="yellow", size="tiny", place="top left"
        ),
    )


def test_an_article_is_no_exact_number() -> None:
    dog, cat = parse_prompt("one dog and a cat").objects

    assert (dog.is_exact, cat.is_exact) == (True, False)


@pytest.mark.parametrize(
    ("prompt", "is_complete"),
    [
        ("Could you draw two dogs left of a cat on a blue background for me?", True),
        ("a watercolour of two dogs", False),
        ("two dogs, painted by Monet", False),
        ("two dogs left of", False),
    ],
)
def test_words_that_stay_unread_make_the_claims_incomplete(prompt: str, is_complete: bool) -> None:
    assert parse_prompt(prompt).is_complete is is_complete


def test_an_object_that_is_named_twice_has_no_relation_to_itself() -> None:
    assert parse_prompt("a dog left of a dog").relations == ()


def test_a_relation_keeps_the_names_of_its_objects() -> None:
    assert parse_prompt("two hot air balloons over a lake").relations == (
        RelationClaim("hot air balloon", "above", ("lake",)),
    )
