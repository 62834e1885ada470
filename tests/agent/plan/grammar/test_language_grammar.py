"""The grammar that language models are held to: all it allows can be read, in both notations."""

import re
from random import Random

import llguidance
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.plan import gbnf, lark, parse
from agent.plan.grammar.grammar_notation import (
    Chars,
    Element,
    Grammar,
    OneOf,
    Repeat,
    RuleReference,
    Sequence,
)
from agent.plan.grammar.language_grammar import (
    LineLayout,
    line_gbnf,
    line_lark,
    plan_grammar,
)
from tests.agent.plan.fuzz_plans import NAMES, TOOLS
from tests.examples import examples
from tools.sdk.plan_types import TEXT, Type

BYTES = llguidance.LLTokenizer("byte")


class Sampler:
    """Writes random texts of a grammar; beyond a size or a depth it takes the shortest way out.

    The depth keeps it below the levels that a plan may have: the grammar does not count those.
    """

    def __init__(self, random: Random) -> None:
        self.random = random
        self.written = 0

    def write(self, element: Element = RuleReference("start"), depth: int = 0) -> str:  # noqa: B008
        hurry = depth > 11 or self.written > 400
        match element:
            case str():
                self.written += len(element)
                return element
            case Chars(members, least, most):
                allowed = [chr(n) for n in (*range(128), 0xE4, 0x1F34F)]
                allowed = [c for c in allowed if re.match(f"[{members}]", c)]
                count = least if hurry else self.random.randint(least, min(most, least + 9))
                return "".join(self.random.choices(allowed, k=count))
            case RuleReference(name):
                return self.write(GRAMMAR[name], depth + 1)
            case Sequence(parts):
                return "".join(self.write(part, depth) for part in parts)
            case OneOf(choices) if hurry:
                best = min(choices, key=lambda choice: _depth(choice, SHORTEST))
                return self.write(best, depth)
            case OneOf(choices):
                return self.write(self.random.choice(choices), depth)
            case Repeat(part, least, most):
                more = not hurry and self.random.random() < 0.5
                count = self.random.randint(least, min(most, least + 3)) if more else least
                return "".join(self.write(part, depth) for _ in range(count))


def _shortest_depths(grammar: Grammar) -> dict[str, int]:
    depths: dict[str, int] = {}
    for _ in grammar:
        for name, rule in grammar.items():
            depths[name] = min(depths.get(name, 10_000), _depth(rule, depths))
    return depths


def _depth(element: Element, depths: dict[str, int]) -> int:
    match element:
        case str() | Chars():
            return 0
        case RuleReference(name):
            return depths.get(name, 10_000) + 1
        case Sequence(parts):
            return max((_depth(part, depths) for part in parts), default=0)
        case OneOf(choices):
            return min(_depth(choice, depths) for choice in choices)
        case Repeat(part, least, _):
            return _depth(part, depths) if least else 0


GRAMMAR = plan_grammar(TOOLS, NAMES)
SHORTEST = _shortest_depths(GRAMMAR)
COMPILED = {
    "lark": llguidance.grammar_from("lark", lark(TOOLS, NAMES)),
    "gbnf": llguidance.grammar_from("gbnf", gbnf(TOOLS, NAMES)),
}


def accepts(text: str, notation: str = "lark") -> bool:
    matcher = llguidance.LLMatcher(BYTES, COMPILED[notation])
    data = list(text.encode())
    return matcher.try_consume_tokens(data) == len(data) and matcher.is_accepting()


@examples(150)
@given(st.randoms(use_true_random=False))
def test_every_text_of_the_grammar_can_be_read_and_llguidance_allows_it(random: Random):
    text = Sampler(random).write()
    parse(text)
    assert accepts(text)


def test_a_line_after_an_if_may_begin_like_else():
    assert accepts('if 1:\n    say("yes")\neggs = 2\nif 1:\n    elk = 3\n    e = 4')


@examples(15)
@given(st.randoms(use_true_random=False))
def test_both_notations_allow_the_same_texts(random: Random):
    text = Sampler(random).write()
    assert accepts(text, "gbnf")


@pytest.mark.parametrize("notation", ["lark", "gbnf"])
@pytest.mark.parametrize(
    "text",
    [
        'say("hello")',
        'say("{image1} shows {n} {{things}} {boxes[0]}\\n\\"quoted\\"")\n',
        'found = detect(image1, label="apple")\nn = count(found)\nsay("{n}")',
        'found = detect(image1, "apple")',
        'picture = draw(prompt="a", style="oil")',
        "part = crop(image1, boxes[-1])",
        "texts = [read_text(crop(image1, box)) for box in boxes if n > 1]",
        "if n > 3 and not ok or n == -1:\n    x = n - 1\nelif n:\n    x = 1\nelse:\n    x = 2.5",
        'if a:\n    if b:\n        say("deep")\n    say("less")\nsay("out")',
        "best = max(a, b) if len(c) > 0 else None",
        "counter = count(boxes)",
        "speak(transcribe(audio1), speed=1.5)",
    ],
)
def test_plans_as_people_write_them_are_allowed(text: str, notation: str):
    parse(text)
    assert accepts(f'{text.rstrip()}\nsay("done")\n', notation)


@pytest.mark.parametrize("notation", ["lark", "gbnf"])
def test_a_plan_ends_by_saying_something_or_with_a_condition(notation: str):
    assert accepts('n = count(boxes)\nsay("{n}")', notation)
    assert accepts('if n > 3:\n    say("many")', notation)
    assert not accepts("n = count(boxes)", notation)
    assert not accepts("speak(transcribe(audio1))", notation)


@pytest.mark.parametrize("notation", ["lark", "gbnf"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "x = make_sharp(image1)",
        "x = detect(picture=image1)",
        'x = draw("a", style="mud")',
        'x = draw("a", seed=3)',
        "x = draw(style=s)",
        "detect = 3",
        "count = count(boxes)",
        "if = 3",
        "x = lambda",
        'x = crop("image1", b)',
        "x = transcribe(read_text(image1))",
        "x = a.b",
        "x=1",
        "for x in y:\n    say(x)",
        'say("{n + 1}")',
        'say("a',
        "import os",
        "x = 1  # comment",
    ],
)
def test_what_no_plan_holds_is_not_allowed(text: str, notation: str):
    assert not accepts(text, notation)


def test_a_given_name_that_is_no_plain_name_can_still_be_used():
    names = {"Äpfel": TEXT, "image1": Type("Image")}
    matcher = llguidance.LLMatcher(BYTES, llguidance.grammar_from("lark", lark(TOOLS, names)))
    data = list('say("{Äpfel}")'.encode())
    assert matcher.try_consume_tokens(data) == len(data)


def test_without_tools_there_is_still_an_answer():
    grammar = llguidance.grammar_from("lark", lark({}, {}))
    assert llguidance.LLMatcher.validate_grammar(grammar, BYTES) == ""
    assert "tool" not in gbnf({}, {})


def test_the_rules_of_gbnf_have_names_that_llama_cpp_takes():
    names = [line.split(" ::= ")[0] for line in gbnf(TOOLS, NAMES).splitlines()]
    assert names[0] == "root"
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9-]*", name) for name in names)


SCOPE = {"image1": Type("Image"), "audio1": Type("Audio"), "n": Type("Integer")}
LINES = {
    "lark": llguidance.grammar_from("lark", line_lark(TOOLS, SCOPE)),
    "gbnf": llguidance.grammar_from("gbnf", line_gbnf(TOOLS, SCOPE)),
}


@pytest.mark.parametrize("notation", ["lark", "gbnf"])
@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("b = detect(image1)", True),
        ('say("{n} cups")', True),
        ("m = n * 2 + 1", True),
        ('m = len(detect(image1, "cup")) + n', True),
        ("m = detect(image1) + n", False),
        ("p = draw(detect(image1))", False),
        ("b = detect(audio1)", False),
        ("b = detect(n)", False),
        ("b = detect(image2)", False),
        ('say("{cups}")', False),
        ("m = cups * 2", False),
        ('b = detect(image1)\nsay("{b}")', False),
        ("if n > 3:", True),
        ("    m = n + 1", False),
        ("else:", False),
    ],
)
def test_a_line_has_only_names_in_scope_and_media_of_the_right_type(
    line: str, allowed: bool, notation: str
):
    assert accepts_line(LINES[notation], line) is allowed


def accepts_line(grammar: str, line: str) -> bool:
    matcher = llguidance.LLMatcher(BYTES, grammar)
    data = list(line.encode() if line.startswith("say(") else f"{line}\n".encode())
    return matcher.try_consume_tokens(data) == len(data) and matcher.is_accepting()


@pytest.mark.parametrize(
    ("line", "allowed"),
    [
        ("b = [detect(picture) for picture in images1]", True),
        ("b = [detect(image) for picture in images1]", False),
        ("b = [detect(picture) for thing in images1]", True),
        ("b = detect(images1[0])", True),
        ("b = detect(images1)", False),
        ("b = detect(cups[0])", False),
        ("n = len(cups)", True),
        ("n = len(cup)", False),
        ('say("{cups[1]}")', True),
    ],
)
def test_a_line_with_lists_in_scope_has_their_elements(line: str, allowed: bool):
    scope = {"images1": Type("list", Type("Image")), "cups": Type("Boxes")}
    assert accepts_line(llguidance.grammar_from("lark", line_lark(TOOLS, scope)), line) is allowed


@pytest.mark.parametrize(
    ("layout", "line", "allowed"),
    [
        (LineLayout(1, opens_block=True, has_else=(False,)), "    m = n + 1", True),
        (LineLayout(1, opens_block=True, has_else=(False,)), "m = n + 1", False),
        (LineLayout(1, has_else=(False,)), "    m = n + 1", True),
        (LineLayout(1, has_else=(False,)), "else:", True),
        (LineLayout(1, has_else=(False,)), "elif n > 2:", True),
        (LineLayout(1, has_else=(False,)), "m = n + 1", True),
        (LineLayout(1, has_else=(True,)), "else:", False),
        (LineLayout(0), "b = [detect(picture) for picture in [image1]]", False),
    ],
)
def test_a_line_is_indented_as_its_block(layout: LineLayout, line: str, allowed: bool):
    grammar = llguidance.grammar_from("lark", line_lark(TOOLS, SCOPE, layout))
    assert accepts_line(grammar, line) is allowed


def test_a_line_with_two_files_of_a_kind_has_comprehensions_over_them():
    scope = {"image1": Type("Image"), "image2": Type("Image")}
    grammar = llguidance.grammar_from("lark", line_lark(TOOLS, scope))
    assert accepts_line(grammar, "b = [detect(picture) for picture in [image1, image2]]")
