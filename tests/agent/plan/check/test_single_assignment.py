"""A name that a language model gives again is another name from there on."""

import pytest

from agent.plan import format_plan, parse
from agent.plan.check.single_assignment import to_single_assignment


def renamed(text: str) -> str:
    return format_plan(to_single_assignment(parse(text), ["image1"]))


def test_what_comes_after_means_the_later_one() -> None:
    assert renamed(
        "a = grayscale(image1)\na = crop(a, box(0, 0, 9, 9))\n"
        "b = [edges(a), image1]\nsay('{a} {b}')"
    ) == (
        "a = grayscale(image1)\na_2 = crop(a, box(0, 0, 9, 9))\nb = [edges(a_2), image1]\n"
        'say("{a_2} {b}")\n'
    )


def test_a_file_keeps_its_name() -> None:
    assert renamed("image1 = grayscale(image1)\nsay('{image1}')") == (
        'image1_2 = grayscale(image1)\nsay("{image1_2}")\n'
    )


def test_no_name_that_is_there_is_taken() -> None:
    assert renamed("a = 1\na_2 = 2\na = 3\na = a + a_2\nsay('{a}')") == (
        'a = 1\na_2 = 2\na_3 = 3\na_4 = a_3 + a_2\nsay("{a_4}")\n'
    )


def test_blocks_and_conditions_mean_the_later_one_too() -> None:
    assert renamed(
        "n = 1\nn = n + 1\nif n > 1:\n    say('{n}')\nelse:\n    m = n\n    say('{m}')"
    ) == ('n = 1\nn_2 = n + 1\nif n_2 > 1:\n    say("{n_2}")\nelse:\n    m = n_2\n    say("{m}")\n')


@pytest.mark.parametrize(
    "text",
    [
        'if image1:\n    a = 1\nelse:\n    a = 2\nsay("{a}")\n',
        'a = [x for x in [1, 2] if x > 1]\nsay("{a}")\n',
    ],
)
def test_a_plan_without_such_names_stays_as_it_is(text: str) -> None:
    assert renamed(text) == text


def test_what_an_item_of_a_list_is_called_is_its_own() -> None:
    assert renamed("x = 1\nx = 2\na = [x + 1 for x in [3, 4]]\nsay('{a} {x}')") == (
        'x = 1\nx_2 = 2\na = [x + 1 for x in [3, 4]]\nsay("{a} {x_2}")\n'
    )
