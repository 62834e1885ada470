"""Writing plans down, so that they are read back as they were."""

import keyword

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from agent.plan import Plan, format_plan, parse
from agent.plan.syntax.tree import (
    Argument,
    Assign,
    Binary,
    Branch,
    Call,
    CallStatement,
    Compare,
    Comprehension,
    Conditional,
    Expression,
    If,
    Index,
    ListOf,
    Literal,
    Logic,
    Name,
    Say,
    Statement,
    Text,
    Unary,
)
from tests.examples import examples

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True).filter(
    lambda name: not keyword.iskeyword(name) and name != "say"
)
NUMBERS = st.integers(-(10**9) + 1, 10**9 - 1) | st.floats(-1e6, 1e6)
LITERALS = st.builds(Literal, NUMBERS | st.booleans() | st.none())
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
REFERENCES = st.builds(Name, NAMES) | st.builds(
    Index, st.builds(Name, NAMES), st.builds(Literal, st.integers(-9, 9))
)


@st.composite
def texts(draw: st.DrawFn) -> Text:
    parts: list[str | Name | Index] = []
    for _ in range(draw(st.integers(0, 3))):
        if draw(st.booleans()) and not (parts and isinstance(parts[-1], str)):
            parts.append(draw(WORDS))
        else:
            parts.append(draw(REFERENCES))
    return Text(tuple(parts))


def larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(inner, min_size=2, max_size=3).map(tuple)
    arguments = st.lists(inner, max_size=2).flatmap(
        lambda places: st.dictionaries(NAMES, inner, max_size=2).map(
            lambda named: (
                *(Argument("", value) for value in places),
                *(Argument(name, value) for name, value in named.items()),
            )
        )
    )
    comparisons = st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "not in"])
    return st.one_of(
        st.builds(Call, NAMES, arguments, st.just("") | NAMES),
        st.builds(Index, inner, inner),
        st.builds(Unary, st.just("not"), inner),
        # A minus before a number is part of the number.
        st.builds(Unary, st.just("-"), inner.filter(lambda node: not _is_number(node))),
        st.builds(Binary, st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), inner, inner),
        several.flatmap(
            lambda operands: st.builds(
                Compare, st.tuples(*[comparisons] * (len(operands) - 1)), st.just(operands)
            )
        ),
        st.builds(Logic, st.sampled_from(["and", "or"]), several),
        st.builds(Conditional, inner, inner, inner),
        st.builds(ListOf, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Comprehension, inner, NAMES, inner, st.lists(inner, max_size=1).map(tuple)),
    )


def _is_number(node: Expression) -> bool:
    return isinstance(node, Literal) and type(node.value) in (int, float)


EXPRESSIONS = st.recursive(LITERALS | st.builds(Name, NAMES) | texts(), larger, max_leaves=8)
SIMPLE = st.one_of(
    st.builds(Assign, NAMES, EXPRESSIONS),
    st.builds(CallStatement, st.builds(Call, NAMES, st.just(()))),
    st.builds(Say, EXPRESSIONS),
)


@st.composite
def conditions(draw: st.DrawFn, inner: st.SearchStrategy[Statement]) -> Statement:
    blocks = st.lists(inner, min_size=1, max_size=2).map(tuple)
    branches = draw(st.lists(st.builds(Branch, EXPRESSIONS, blocks), min_size=1, max_size=2))
    otherwise = draw(st.just(()) | blocks)
    # An `if` alone in an else is written as a further branch.
    if len(otherwise) == 1 and isinstance(otherwise[0], If):
        otherwise = ()
    return If(tuple(branches), otherwise)


STATEMENTS = st.recursive(SIMPLE, lambda inner: conditions(inner), max_leaves=4)
PLANS = st.lists(STATEMENTS, min_size=1, max_size=4).map(lambda lines: Plan(tuple(lines)))


@examples(80, HealthCheck.too_slow)
@given(PLANS)
def test_a_plan_is_read_back_as_it_was(plan: Plan):
    text = format_plan(plan)
    assert repr(parse(text)) == repr(plan)
    assert format_plan(parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "x = -(2 ** 3)",
        "x = (-2) ** 3",
        "x = 2 ** -1 ** 2",
        "x = (a - b) - (c - d)",
        "x = (a or b) and not (c and d)",
        "x = (a if b else c) if (d if e else f) else g",
        "x = [(a if b else c) for d in (e or f) if g or h]",
        "x = (a < b) < c",
        "x = not not a",
        "x = -0.0",
        "x = f(a, b=[1, 2.5, True, None])[0][-1]",
        r'x = "\"\\\n\t\x7f {{}} {a}"',
    ],
)
def test_brackets_and_escapes_keep_the_meaning(text: str):
    assert repr(parse(format_plan(parse(text)))) == repr(parse(text))


def test_brackets_that_change_nothing_are_left_out():
    assert format_plan(parse("x = ((a) + (b * c)) + (d)")) == "x = a + b * c + d\n"
