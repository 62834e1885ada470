"""The examples of the prompts as training data."""

import pytest

from tools.sdk.plan_types import Type
from train.planner.data.seed_examples import infer_type, seeds


def test_nearly_all_examples_of_the_prompts_are_seeds() -> None:
    assert len(seeds()) > 2450


def test_one_thing_is_told_in_the_singular() -> None:
    plan = next(seed.plan for seed in seeds() if seed.request == "How many dogs are there?")

    assert plan.splitlines()[2:] == [
        "if n == 1:",
        '    say("There is {n} dog.")',
        "else:",
        '    say("There are {n} dogs.")',
    ]


@pytest.mark.parametrize(
    ("name", "shown", "kind"),
    [
        ("image1", "a picture of 640×480 pixels", "Image"),
        ("stills", "a picture of 9×9 pixels, a picture of 9×9 pixels", "list[Image]"),
        ("cats", "cat at (20, 40)–(210, 300); cat at (305, 52)–(480, 310)", "Boxes"),
        ("region1", "a region covering 12% of the picture", "Mask"),
        ("region1", "(120, 80)–(300, 260)", "Box"),
        ("region1", "(120, 80)", "Points"),
        ("n", "3", "Integer"),
        ("words", "OPEN DAILY", "Text"),
    ],
)
def test_a_name_has_the_type_of_what_is_shown(name: str, shown: str, kind: str) -> None:
    assert str(infer_type(name, shown)) == kind
    assert isinstance(infer_type(name, shown), Type)
