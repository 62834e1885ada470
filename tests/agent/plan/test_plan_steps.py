"""What a plan will do, told before it does it."""

import textwrap

from agent.plan import final_names, read_plan, steps
from tests.agent.plan.fuzz_plans import NAMES, TOOLS

PLAN = textwrap.dedent("""\
    apples = detect(image1, label="apple")
    n = count(apples)
    left = n - 1
    parts = [crop(image1, a) for a in apples if count(apples) > 2]
    if left > 0:
        picture = draw("{left} apples")
    else:
        picture = parts[0]
    sound = speak(read_text(picture))
    cat = draw@pixart("cat") if n > 3 else image1
    say("{picture}")
    """)


def test_every_call_has_a_path_and_knows_what_it_needs():
    found = steps(read_plan(PLAN, TOOLS, NAMES))
    assert [(step.path, step.name, step.text, step.needs) for step in found] == [
        ("1", "apples", 'detect(image1, label="apple")', ("image1",)),
        ("2", "n", "count(apples)", ("apples",)),
        ("4[].0", "", "crop(image1, a)", ("image1", "apples")),
        ("4[].1.0", "", "count(apples)", ("apples",)),
        ("5.1.1", "picture", 'draw("{left} apples")', ("n",)),
        ("6.0", "", "read_text(picture)", ("picture", "apples", "4[].0", "4[].1.0")),
        ("6", "sound", "speak(read_text(picture))", ("6.0",)),
        ("7.1", "", 'draw@pixart("cat")', ("n",)),
    ]
    assert [step.line for step in found] == [1, 2, 4, 4, 6, 9, 9, 10]
    assert [step.pin for step in found if step.pin] == ["pixart"]


def test_the_ends_of_a_plan_are_the_names_that_nothing_else_uses():
    assert final_names(read_plan(PLAN, TOOLS, NAMES)) == ("sound", "cat")


def test_what_was_skipped_used_nothing():
    assert final_names(read_plan(PLAN, TOOLS, NAMES), {"8"}) == ("sound", "cat")
    assert final_names(read_plan(PLAN, TOOLS, NAMES), {"6", "8"}) == ("picture", "sound", "cat")
