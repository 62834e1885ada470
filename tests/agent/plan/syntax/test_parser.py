"""What can be read as a plan, and what is told of everything else."""

import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.plan import PlanError, format_plan, parse


def canonical(text: str) -> str:
    return format_plan(parse(textwrap.dedent(text)))


def problems(text: str) -> list[str]:
    with pytest.raises(PlanError) as raised:
        parse(text)
    return [str(problem) for problem in raised.value.problems]


def test_the_example_of_the_design_is_a_plan_as_it_stands():
    text = (
        'apples = detect(image1, label="apple")\n'
        "n = count(apples)\n"
        "left = n - 1\n"
        'picture = draw(prompt="{left} red apples on a table")\n'
        'say("One eaten, {left} left: {picture}")\n'
    )
    assert canonical(text) == text


def test_f_strings_and_plain_strings_mean_the_same():
    assert parse('say(f"{a} and {b[0]}")') == parse('say("{a} and {b[0]}")')


@pytest.mark.parametrize("text", ['f"{a}" "{b}"', '"{a}" f"{b}"', '(f"{a}"\n"b")'])
def test_texts_are_not_joined_by_standing_side_by_side_when_one_is_an_f_string(text: str):
    (problem,) = problems(f"say({text})")
    assert problem.endswith('one text at a time: try "{first} {second}"')


def test_doubled_braces_are_braces_in_both_kinds_of_strings():
    assert canonical('say(f"{{x}} {y}")') == 'say("{{x}} {y}")\n'
    assert canonical('say("{{x}} {y}")') == 'say("{{x}} {y}")\n'


def test_an_if_alone_in_an_else_is_an_elif():
    nested = """\
        if a:
            b(c)
        else:
            if d:
                e(f)
            else:
                g(h)
        """
    assert canonical(nested) == "if a:\n    b(c)\nelif d:\n    e(f)\nelse:\n    g(h)\n"


def test_a_call_may_name_its_model():
    assert canonical("x = detect@yolox_nano(image1)") == "x = detect@yolox_nano(image1)\n"
    assert canonical("x = (f@m(y))[0] + 1") == "x = (f@m(y))[0] + 1\n"


def test_a_model_named_within_arithmetic_needs_brackets():
    assert problems("x = 2 * f@m(y)") == [
        "1:5: @ names the model of a call: allowed: (tool@model(argument)), in its own brackets"
    ]


def test_comments_windows_line_ends_and_triple_quotes_are_read():
    assert canonical('# what it is\r\nsay("""a\r\nb""")  # said\r\n') == 'say("a\\nb")\n'


def test_a_generator_is_a_list():
    assert canonical("n = sum(x for x in y if x > 2)") == "n = sum([x for x in y if x > 2])\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1:1: the plan is empty: try say(\"…\")"),
        ("# nothing\n", "1:1: the plan is empty: try say(\"…\")"),
        ("x = [1, 2", "1:5: '[' was never closed: found x = [1, 2"),
        ("x = 1if y else 2", "1:5: a number runs into a word: found '1if'; "
         "try a space between them"),
        (r'x = "\d"', r"1:6: not a valid escape in a text: found \d; "
         r"allowed: \n, \" and \\; try \\d"),
        ("x = a.upper", "1:5: values have no attributes: found a.upper; "
         "try upper(…), if there is such a tool"),
        ("x = a.upper()", "1:5: a call is written as tool(argument): found a.upper(); "
         "try upper(a)"),
        ("x = a[1:2]", "1:5: slices are not part of plans: found a[1:2]; "
         "allowed: value[0], value[-1]"),
        ("x = a is None", "1:5: plans have no operator is: found a is None; allowed: == and !="),
        ("x = (1, 2)", "1:5: tuples and sets are not part of plans: found (1, 2); "
         "allowed: [first, second]"),
        ("x = {1: 2}", "1:5: dict is not part of plans: found {1: 2}"),
        ("x = lambda: 1", "1:5: lambda is not part of plans: found lambda: 1"),
        ("x = 2j", "1:5: unsupported value: "
         "allowed: texts, numbers, True, False, None"),
        ("x = ...", "1:5: unsupported value: "
         "allowed: texts, numbers, True, False, None"),
        ("x = 1000000000", "1:5: the number is too large: allowed: less than 1000000000"),
        ("x = " + "9" * 5000, "1:5: the number is too large: found '99999999999999999999'; "
         "try less than 1000000000"),
        ("x += 1", "1:1: a name is assigned only once: found x += 1; try a new name: new_x = x …"),
        ("x = y = 1", "1:1: assign one value to one new name: found x = y = 1; "
         "allowed: name = value"),
        ("f(*a)", "1:3: arguments are written one by one: try leave the * out"),
        ('say("a", "b")', '1:1: say takes one text: try say("words with a {name} in them")'),
        ('say("{a + 1}")', "1:5: only a name is allowed in braces: found {a + 1}; "
         "allowed: {name}, {name[0]}; try value = a + 1 on a line before, then {value}"),
        ('say("{if}")', "1:5: only a name is allowed in braces: found {if}; "
         "allowed: {name}, {name[0]}; try value = if on a line before, then {value}"),
        ('say("{a")', "1:5: a lone brace in a text: found {; try {{"),
        ('say(f"{a:.2f}")', "1:5: only a name is allowed in braces: "
         "try value = round(…, 2) on a line before, then {value}"),
        ("x = 1\x00", "1:6: a character not allowed in plans: found '\\x00'"),
        ("x = 1\x0c", "1:6: a character not allowed in plans: found '\\x0c'"),
        ("\ud800", "1:1: a character not allowed in plans: found '\\ud800'"),
        ("x = \\\n1", "1:5: a backslash outside of a text: found '\\\\'; try one command a line"),
        ("x = " + "[" * 21, "1:25: nested too deeply: allowed: 20 nested brackets; "
         "try a name for a part of it"),
        ("x = " + "- " * 4000, "1:1: the plan is too long: found 8004 bytes; allowed: 8000 bytes"),
        ("x = " + "not " * 1900 + "y", "1:5: too many operators in a row: "
         "found 'not not not not not '; try a shorter expression"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_its_place(text: str, told: str):
    assert problems(text) == [told]


def test_a_wrong_indentation_is_one_problem():
    (problem,) = problems("  x = 1\ny = (")
    assert problem.endswith("unexpected indent: found x = 1")


def test_a_line_that_cannot_be_read_does_not_hide_the_others():
    assert problems("a = = 1\nb = c.d\nimport os\ne = [1") == [
        "1:5: invalid syntax: found a = = 1",
        "2:5: values have no attributes: found c.d; try d(…), if there is such a tool",
        "3:1: import is not part of plans: found import os; "
        "allowed: name = …, a call of a tool, say(…), if/elif/else",
        "4:5: '[' was never closed: found e = [1",
    ]


def test_columns_count_characters_and_not_bytes():
    assert problems('x = ["äöü🍏", y.z]')[0].startswith("1:14: ")


def test_a_loop_is_told_once_and_its_names_are_not_told_again():
    assert problems("for x in y:\n    z = draw(x)") == [
        "1:1: loops are not part of plans: found for x in y; "
        "allowed: name = …, a call of a tool, say(…), if/elif/else; "
        "try a list: results = [tool(item) for item in items]"
    ]


def test_at_most_64_commands_are_read():
    parse("a(b)\n" * 64)
    assert problems("a(b)\n" * 65) == ["65:1: too many commands: allowed: 64"]


@given(st.text(max_size=200))
def test_any_text_is_a_plan_or_a_plan_error(text: str):
    try:
        plan = parse(text)
    except PlanError as error:
        assert error.problems
    else:
        assert parse(format_plan(plan)) == plan
