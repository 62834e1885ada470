"""What a plan may not do, told before it does anything."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.plan import CheckedPlan, PlanError, check, parse, read_plan
from tests.agent.plan.fuzz_plans import NAMES, TOOLS, PlanWriter
from tests.examples import examples
from tools.sdk.plan_types import INTEGER, NOTHING, NUMBER, TEXT, Type


def read(text: str) -> CheckedPlan:
    return read_plan(textwrap.dedent(text), TOOLS, NAMES)


def problems(text: str) -> list[str]:
    with pytest.raises(PlanError) as raised:
        read(text)
    return [str(problem) for problem in raised.value.problems]


def type_of(expression: str) -> str:
    return str(read(f"x = {expression}").types["x"])


def test_a_checked_plan_knows_its_tools_and_the_type_of_every_name():
    plan = read("""\
        apples = detect(image1, label="apple")
        n = count(apples)
        pictures = [draw("{n} of {a}") for a in apples]
        say("{pictures}")
        """)
    assert sorted(plan.tools) == ["count", "detect", "draw"]
    assert {name: str(kind) for name, kind in plan.types.items()} == {
        "image1": "Image",
        "audio1": "Audio",
        "text1": "Text",
        "number1": "Integer",
        "apples": "Boxes",
        "n": "Integer",
        "pictures": "list[Image]",
    }


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("1 + 2", "Integer"),
        ("1 / 2", "Number"),
        ("7 // 2 % 2", "Integer"),
        ("2 ** 3", "Number"),
        ("-number1 * 1.5", "Number"),
        ("round(2.5)", "Integer"),
        ("round(2.5, 1)", "Number"),
        ("len(text1) + len(detect(image1)) + len([1])", "Integer"),
        ("sum([n > 1 for n in range(3)])", "Integer"),
        ("sum([1, 2.5])", "Number"),
        ("max(1, 2.5)", "Number"),
        ("min([text1, \"a\"])", "Text"),
        ("sorted([3, 1])", "list[Integer]"),
        ("str(detect(image1))", "Text"),
        ("abs(-2)", "Integer"),
        ("[1] + [2.5]", "list[Number]"),
        ("text1 + \"!\"", "Text"),
        ("detect(image1)[0]", "Box"),
        ("number1 and 3", "Integer"),
        ("not image1 == None", "Boolean"),
        ("1 < number1 <= 3", "Boolean"),
        ("\"a\" in text1", "Boolean"),
        ("2 not in [1, 2]", "Boolean"),
        ("[]", "list[Any]"),
        ("[image1, crop(image1, detect(image1))]", "list[Image]"),
        ("image1 if number1 else None", "Image or None"),
        ("detect(image1) if number1 else detect(image1)[0]", "Region"),
        ("\"oil\" if number1 else \"ink\"", "Text"),
    ],
)  # fmt: skip
def test_every_expression_has_a_type(expression: str, kind: str):
    assert type_of(expression) == kind


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x = detekt(image1)",
         "1:5: unknown tool: found detekt; try detect(image: Image, label: Text = '') -> Boxes"),
        ("x = hear_speech(audio1)", "1:5: unknown tool: found hear_speech; "
         "allowed: detect, count, crop, draw, read_text, speak, transcribe, mix"),
        ("x = boxes_counter(1)",
         "1:5: unknown tool: found boxes_counter; "
         "try count(boxes: Boxes, label: Text = '') -> Integer"),
        ("print(text1)", '1:1: unknown tool: found print; try say("…")'),
        ("x = text2", "1:5: unknown name: found text2; "
         "allowed: image1, audio1, text1, number1; try text1"),
        ("x = detect", "1:5: detect is a tool: found detect; try detect(…)"),
        ("x = transcribe(image1)",
         "1:16: transcribe needs Audio for audio: found image1 (Image); try audio1"),
        ("x = speak(audio1)", "1:11: speak needs Text for text: found audio1 (Audio); "
         "try text1 or transcribe(audio1), which gives Text"),
        ("x = speak(3)", "1:11: speak needs Text for text: found 3 (Integer); "
         "try text1 or str(3)"),
        ("x = mix(audio1)", "1:9: mix needs list[Audio] for sounds: found audio1 (Audio); "
         "try [audio1]"),
        ("x = crop(image1)", "1:5: crop needs region too: "
         "allowed: crop(image: Image, region: Region) -> Image"),
        ("x = crop()", "1:5: crop needs image and region too: "
         "allowed: crop(image: Image, region: Region) -> Image"),
        ("x = read_text(image1, 3)", "1:23: read_text takes no more arguments: found 3; "
         "allowed: read_text(image: Image) -> Text"),
        ("x = read_text(image1, image=image1)", "1:29: read_text gets image twice: "
         "allowed: read_text(image: Image) -> Text"),
        ('x = detect(image1, lable="a")',
         "1:26: detect has no argument of this name: found lable; "
         "allowed: detect(image: Image, label: Text = '') -> Boxes; try label"),
        ('x = draw("a", "oli")',
         '1:15: draw needs Text for style: found "oli"; allowed: "oil" or "ink"; try oil'),
        ('x = draw("{image1}")', "1:10: this has no text form: found image1 (Image); "
         "allowed: texts, numbers, boxes, tables and lists of them; "
         "try read_text(image1), which gives Text"),
        ('x = 1 + "a"', "1:5: + cannot combine these: found Integer + Text; "
         "allowed: two numbers, two texts or two lists; "
         'try "{first}{second}" with names in braces'),
        ("x = detect(image1) - 1", "1:5: - cannot combine these: found Boxes - Integer; "
         "allowed: two numbers; try len(…) for how many there are"),
        ("x = detect(image1) > 1", "1:5: these cannot be compared: found Boxes > Integer; "
         "allowed: numbers with numbers, texts with texts; in: an item and a list; "
         "try len(…) for how many there are"),
        ('x = number1 == "3"', "1:5: these cannot be compared: found Integer == Text; "
         "allowed: numbers with numbers, texts with texts; in: an item and a list"),
        ("x = -text1", "1:5: - needs a number: found text1 (Text)"),
        ("x = image1[0]", "1:5: only lists and boxes have items: found image1 (Image)"),
        ('x = [1]["a"]', '1:9: an index is a whole number: found "a" (Text)'),
        ("x = [y for y in image1]",
         "1:17: for needs a list or boxes: found image1 (Image)"),
        ("x = [[z for z in [y]] for y in [1]]",
         "1:6: nested list comprehensions: allowed: one per line; try a name for the inner list"),
        ("x = len(number1)", "1:5: len cannot take this: found Integer; "
         "allowed: a list, boxes or a text"),
        ("x = len(text1, text1)", "1:5: len takes one value: found 2 values"),
        ("x = round(value=2.5)", "1:5: round takes no argument names and no model: "
         "allowed: round(value)"),
        ("x = 1 if image1 else 2", "1:10: this is neither true nor false: found image1 (Image); "
         "allowed: a comparison, a number, a text or a list"),
        ("x = image1 if number1 else text1",
         "1:5: these have no common type: found Image and Text; "
         "allowed: both sides of if/else are of one type"),
        ("len(text1)", "1:1: a line that does nothing: try name = …"),
        ('x = say("a")', "1:5: say has a line of its own and returns nothing"),
        ("detect = 1", "1:1: the name of a tool or a builtin: found 'detect'; "
         "try new_detect"),
        ("_x = 1", "1:1: not a name for a result: found '_x'; allowed: apples, picture2"),
        ("text1 = 1", "1:1: a name is assigned only once, and text1 is an input: "
         "try new_text1"),
        ("x = [text1 for text1 in [1]]", "1:5: a name is assigned only once, "
         "and text1 is an input: try new_text1"),
    ],
)  # fmt: skip
def test_each_problem_says_what_was_found_and_what_to_try(text: str, told: str):
    assert problems(text) == [told]


def test_all_problems_of_reading_and_of_meaning_are_told_at_once_in_order():
    assert problems("""\
        a = make_sharp(image1)
        b = transcribe(image1).text
        c = draw(a, style="mud")
        d = missing + c.d
        say("{e} {f + 1}")
        """) == [
        "1:5: unknown tool: found make_sharp; "
        "allowed: detect, count, crop, draw, read_text, speak, transcribe, mix",
        "2:5: values have no attributes: found transcribe(image1).text; "
        "try text(…), if there is such a tool",
        '3:19: draw needs Text for style: found "mud"; allowed: "oil" or "ink"',
        "4:5: unknown name: found missing; allowed: image1, audio1, text1, number1, a, b, c",
        "4:15: values have no attributes: found c.d; try d(…), if there is such a tool",
        "5:5: only a name is allowed in braces: found {f + 1}; allowed: {name}, {name[0]}; "
        "try value = f + 1 on a line before, then {value}",
        "5:5: unknown name: found e; allowed: image1, audio1, text1, number1, a, b, c, d",
    ]


def test_the_error_is_one_problem_a_line():
    with pytest.raises(PlanError) as raised:
        read("x = y\nz = w")
    assert str(raised.value).splitlines() == [str(problem) for problem in raised.value.problems]


def test_a_name_used_before_it_is_made_has_its_own_message_so_there_are_no_cycles():
    assert problems("a = b + 1\nb = a + 1") == ["1:5: b is used before it is assigned, on line 2"]
    assert problems("a = a + 1") == ["1:5: a is used before it is assigned, on line 1"]


def test_what_every_branch_gives_can_be_used_after_the_if():
    plan = read("""\
        if number1 > 1:
            x = 1
        elif number1 > 0:
            x = 2.5
        else:
            x = 3
        y = x + 1
        """)
    assert plan.types["x"] == plan.types["y"] == NUMBER


def test_what_only_some_branches_give_cannot_be_used_after_the_if():
    assert problems("if number1:\n    x = 1\ny = x") == [
        "3:5: x may have no value here: only some branches assign it: found line 2; "
        "try x = … in every branch, else too"
    ]


def test_what_one_branch_gives_cannot_be_used_in_another():
    assert problems("if number1:\n    x = 1\nelse:\n    y = x") == [
        "4:9: x is assigned in another branch, on line 2"
    ]


def test_branches_must_agree_on_the_type_of_a_name():
    assert problems("if number1:\n    x = image1\nelse:\n    x = text1") == [
        "1:1: x has different types after this if: found Image and Text; "
        "allowed: one type in every branch; try different names"
    ]


def test_a_name_given_in_a_branch_cannot_be_given_again_after_it():
    assert problems("if number1:\n    x = 1\nx = 2") == [
        "3:1: a name is assigned only once, and x is assigned on line 2: try new_x"
    ]


def test_a_medium_may_stand_in_what_is_said():
    assert read('say("{image1} and {audio1}")').tools == {}


def test_a_pin_is_checked_where_the_models_are_known():
    pins = {"detect": {"yolox_nano", "detr"}}
    plan = parse("x = detect@yolox_tiny(image1)\ny = count@small(x)")
    assert check(plan, TOOLS, NAMES).tools.keys() == {"detect", "count"}
    with pytest.raises(PlanError) as raised:
        check(plan, TOOLS, NAMES, pins=pins)
    assert [str(problem) for problem in raised.value.problems] == [
        "1:5: detect has no such model: found yolox_tiny; allowed: detr, yolox_nano; "
        "try yolox_nano",
        "2:5: count has no such model: found small; allowed: count without a model",
    ]


def test_and_and_or_may_mix_types_where_they_only_decide():
    assert read('if number1 > 1 and text1 or not detect(image1):\n    say("yes")').types


def test_seed_is_given_by_name_only():
    assert read('x = draw("a", seed=3)').types["x"] == Type("Image")
    assert problems('x = draw("a", "oil", 3)')[0].startswith("1:22: draw takes no more")


def test_no_more_than_200_calls_are_allowed():
    calls = ", ".join(["count(b)"] * 100)
    lines = f"b = detect(image1)\nx = [{calls}]\ny = [{calls}]\n"
    assert problems(lines) == ["1:1: too many calls: found 201; allowed: 200"]


def test_names_of_results_have_the_type_of_their_value_and_not_its_words():
    assert read('x = "oil"\ny = draw("a", x)\nz = None').types["x"] == TEXT
    assert read("z = None").types["z"] == NOTHING
    assert read("n = [1][0]").types["n"] == INTEGER


@examples(50)
@given(st.randoms(use_true_random=False), st.sampled_from([0.0, 0.2]))
def test_any_written_plan_is_checked_or_refused_with_reasons(random, mistakes):
    text = PlanWriter(random, mistakes).write()
    try:
        checked = read_plan(text, TOOLS, NAMES)
    except PlanError as error:
        assert all(problem.message for problem in error.problems)
    else:
        assert check(checked.plan, TOOLS, NAMES) == checked


def test_a_file_that_nobody_gave_is_asked_for() -> None:
    with pytest.raises(PlanError) as used:
        read_plan("words = read_text(image1)", TOOLS, {})
    with pytest.raises(PlanError) as made_up:
        read_plan('image1 = "a sign"\nwords = read_text(image1)', TOOLS, {})

    ask = 'try say("Please add the picture.")'
    assert [str(problem) for problem in used.value.problems] == [
        f"1:19: image1 is a file that was not given: {ask}"
    ]
    assert str(made_up.value.problems[0]) == f"1:1: image1 is a file that was not given: {ask}"
