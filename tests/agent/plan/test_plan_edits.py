import pytest

from agent.plan import format_plan, parse
from agent.plan.plan_edits import pin_model, remove_calls, set_seed
from tools.errors import InputError

PLAN = """\
cup = detect(image1, label="cup")
marked = draw_boxes(image1, cup)
outlines = edges(image1)
parts = [crop(image1, box) for box in cup]
if len(cup) > 1:
    grey = grayscale(image1)
    say("{grey}")
else:
    say("one")
say("The cup: {marked} Its outlines: {outlines}")
"""


def changed(plan: str) -> str:
    return format_plan(parse(plan))


def test_a_line_is_left_out_and_what_is_said_stays() -> None:
    plan = format_plan(remove_calls(parse(PLAN), {"2"}))

    assert "draw_boxes" not in plan
    assert 'say("The cup:  Its outlines: {outlines}")\n' in plan
    assert "cup = detect" in plan


def test_what_needs_a_line_goes_with_it() -> None:
    plan = format_plan(remove_calls(parse(PLAN), {"1"}))

    assert plan == 'outlines = edges(image1)\nsay("The cup:  Its outlines: {outlines}")\n'


def test_a_branch_stays_when_all_in_it_is_left_out() -> None:
    plan = format_plan(remove_calls(parse(PLAN), {"5.1.1"}))

    assert 'if len(cup) > 1:\n    say(" ")\nelse:\n    say("one")\n' in plan


def test_an_if_goes_when_nothing_is_left_in_it() -> None:
    plan = 'a = edges(image1)\nif 1 < 2:\n    say("{a}")\n'

    assert format_plan(remove_calls(parse(plan), {"1"})) == ""


def test_nothing_left_out_is_the_same_plan() -> None:
    assert remove_calls(parse(PLAN), ()) == parse(PLAN)


def test_a_call_is_pinned_to_a_model_wherever_it_stands() -> None:
    pinned = format_plan(pin_model(parse(PLAN), "4[].0", "small"))

    assert "parts = [crop@small(image1, box) for box in cup]" in pinned
    assert pinned.replace("crop@small", "crop") == changed(PLAN)


def test_a_second_seed_takes_the_place_of_the_first() -> None:
    once = set_seed(parse(PLAN), "5.1.1", 3)

    assert "grey = grayscale(image1, seed=4)" in format_plan(set_seed(once, "5.1.1", 4))


def test_a_place_without_a_call_is_refused() -> None:
    with pytest.raises(InputError, match="no call at '9'"):
        pin_model(parse(PLAN), "9", "small")
