"""Prompts in plain words."""

import pytest

from tools.signal.drawings.prompt_parser import parse_prompt
from tools.signal.drawings.prompt_wording import describe_claims, plain_prompt, stress_numbers


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("could you sketch 6 apples for me?", "six apples"),
        ("in this picture there is a cat with a pup over on the left", "a pup left of a cat"),
        (
            "please, a frog in a red square on blue",
            "a frog inside a red square on a blue background",
        ),
        (
            "from the left to the right a bee, then an owl, then a key",
            "a bee left of an owl left of a key",
        ),
        ("a cat and a dog and between them two owls", "two owls between a cat and a dog"),
        ("a small bee at the upper left", "a small bee in the top left corner"),
        ("a bee, a key and five cacti", "a bee, a key and five cacti"),
        ("nine minus two keys", "seven keys"),
    ],
)
def test_a_prompt_that_is_read_completely_is_said_plainly(prompt: str, expected: str) -> None:
    assert plain_prompt(prompt) == expected


def test_another_prompt_has_its_numbers_stressed() -> None:
    prompt = "An oil painting of three dogs at a picnic, by Monet."

    assert plain_prompt(prompt) == ""
    assert stress_numbers(prompt) == f"{prompt[:-1]}, exactly three dogs"


def test_a_prompt_without_numbers_stays() -> None:
    assert stress_numbers("a dog dreaming of freedom") == "a dog dreaming of freedom"


def test_claims_are_listed_for_people() -> None:
    claims = parse_prompt("two red cups left of a dog on a blue background")

    assert describe_claims(claims) == [
        "two red cups",
        "a dog",
        "cup left of dog",
        "a blue background",
    ]
