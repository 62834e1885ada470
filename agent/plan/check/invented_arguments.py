"""Find plans that give a tool a value that nobody named.

A planner fills in the arguments of a tool that it reads about for the first time. If the request
lacks one, a small model invents it: a recipient, a date, an amount. Such a plan is refused, and
the person is asked instead. A value is taken from the request if its words stand there, in another
form too, or if its number does, in another unit too.
"""

from __future__ import annotations

import calendar
import difflib
import math
import re
from collections.abc import Iterator, Mapping

from agent.plan.answer.list_wording import is_english
from agent.plan.check.named_plan import Callee
from agent.plan.problems import Problem, shorten
from agent.plan.syntax.tree import (
    Call,
    Expression,
    ListOf,
    Literal,
    Plan,
    Text,
    Unary,
    children,
    expressions,
    walk,
)
from tools.sdk.tool import SEED
from tools.sdk.typed_function import Parameter

_MESSAGE = "this value is neither in the request nor a tool's result"
MAX_CHECKED_WORDS = 4
"""A longer text is one that the planner was asked to write, as in a message to somebody."""

_NUMBER_WORDS: Mapping[str, float] = {
    **dict(zip(("zero", "one", "two", "three", "four", "five", "six"), range(7), strict=True)),
    **dict(zip(("seven", "eight", "nine", "ten", "eleven"), range(7, 12), strict=True)),
    **dict(zip(("twelve", "thirteen", "fourteen", "fifteen"), range(12, 16), strict=True)),
    **dict(zip(("sixteen", "seventeen", "eighteen", "nineteen"), range(16, 20), strict=True)),
    **dict(zip(("twenty", "thirty", "forty", "fifty"), range(20, 60, 10), strict=True)),
    **dict(zip(("sixty", "seventy", "eighty", "ninety"), range(60, 100, 10), strict=True)),
    **{"hundred": 100, "thousand": 1_000, "million": 1e6, "billion": 1e9},
    **{"half": 0.5, "third": 1 / 3, "quarter": 0.25, "both": 2, "couple": 2, "pair": 2},
    **{"double": 2, "twice": 2, "triple": 3, "dozen": 12, "noon": 12, "fortnight": 14},
    **{"second": 2, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12},
}
_MINUTES = {"quarter": (15, 45), "half": (30,)}
_MONTHS: Mapping[str, int] = {
    name.casefold(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
}
_UNITS = (1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e9, 1e12, 7.0, 12.0, 24.0, 60.0, 1440.0, 3600.0)
"""What a number is multiplied or divided by when it is said in another unit."""
_SMALL_WORDS = frozenset(
    ("the", "and", "for", "from", "with", "into", "per", "all", "any", "none", "that", "this")
)


def find_invented_argument(
    plan: Plan, tools: Mapping[str, Callee], request: str, context: str = ""
) -> Problem | None:
    """Return the problem of the first literal argument that nobody named, or None.

    `tools` are those whose arguments are checked. `context` is what else the planner was told: the
    names in use, and the turns before.
    """
    source = _Source(f"{request}\n{context}", english=is_english(request))
    for statement in walk(plan.statements):
        for expression in expressions(statement):
            for call in _calls(expression):
                if tool := tools.get(call.function):
                    for parameter, literal in _literals(call, tool):
                        if not source.holds(literal, parameter, tool.description):
                            return _problem(call, parameter, literal)
    return None


def missing_detail(problem: Problem) -> str:
    """Return the question for the value that a plan invented, if that is the problem."""
    return problem.suggestion if problem.message == _MESSAGE else ""


class _Source:
    """The words and numbers that a person and the conversation gave."""

    def __init__(self, text: str, *, english: bool) -> None:
        self._words = frozenset(_words(text))
        self._numbers = frozenset(_numbers(text))
        self._english = english

    def holds(self, literal: Literal | Text, parameter: Parameter, description: str) -> bool:
        if parameter.type.choices:
            return True
        if isinstance(literal, Literal):
            return isinstance(literal.value, bool | str | None) or (
                self._holds_number(float(literal.value)) or literal.value == parameter.default
            )
        text = "".join(part for part in literal.parts if isinstance(part, str))
        if len(text.split()) > MAX_CHECKED_WORDS or text == parameter.default:
            return True
        words, numbers = _words(text), [float(digits) for digits in re.findall(r"\d+", text)]
        # Codes of countries, currencies and the like stand for names.
        is_code = text.isupper() and len(text) <= 4
        if words and not is_code and self._english:
            described = set(_words(description))
            return any(word in described or self._holds_word(word) for word in words)
        return not numbers or any(map(self._holds_number, numbers))

    def _holds_number(self, number: float) -> bool:
        number = abs(number)
        return number in (0, 1) or any(
            _same(number, value * unit) or _same(number * unit, value)
            for value in self._numbers
            for unit in _UNITS
        )

    def _holds_word(self, word: str) -> bool:
        return (
            word in self._words
            or word in _MONTHS
            or any(len(other) >= 3 and word[:4] == other[:4] for other in self._words)
            or bool(difflib.get_close_matches(word, self._words, n=1, cutoff=0.7))
        )


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-6)


def _words(text: str) -> list[str]:
    words = re.findall(r"[^\W\d_]{3,}", text.casefold())
    return [word for word in words if word not in _SMALL_WORDS]


def _numbers(text: str) -> Iterator[float]:
    """Yield the numbers of a text in digits and words, and of its months and times."""
    for digits in re.findall(r"\d[\d,]*(?:\.\d+)?", text):
        yield (value := float(digits.replace(",", "")))
        yield value + 12  # in the afternoon
        yield 1 - value / 100  # a discount
        yield from map(float, re.findall(r"\d+", digits))
    for word in re.findall(r"[^\W\d_]{3,}", text.casefold()):
        close = difflib.get_close_matches(word.removesuffix("th"), _NUMBER_WORDS, n=1, cutoff=0.75)
        for name in close:
            yield _NUMBER_WORDS[name]
            yield _NUMBER_WORDS[name] + 12
            yield from _MINUTES.get(name, ())
        if word in _MONTHS:
            yield _MONTHS[word]


def _calls(expression: Expression) -> Iterator[Call]:
    if isinstance(expression, Call):
        yield expression
    for child in children(expression):
        yield from _calls(child)


def _literals(call: Call, tool: Callee) -> Iterator[tuple[Parameter, Literal | Text]]:
    positional = [parameter for parameter in tool.parameters if parameter.name != SEED]
    by_name = {parameter.name: parameter for parameter in tool.parameters}
    for index, argument in enumerate(call.arguments):
        if argument.name:
            parameter = by_name.get(argument.name)
        else:
            parameter = positional[index] if index < len(positional) else None
        if parameter:
            for literal in _literals_in(argument.value):
                yield parameter, literal


def _literals_in(expression: Expression) -> Iterator[Literal | Text]:
    match expression:
        case Literal():
            yield expression
        case Text(parts) if all(isinstance(part, str) for part in parts):
            yield expression
        case Unary(operand=operand):
            yield from _literals_in(operand)
        case ListOf(items):
            for item in items:
                yield from _literals_in(item)
        case _:
            pass


def _problem(call: Call, parameter: Parameter, literal: Literal | Text) -> Problem:
    value = (
        literal.value
        if isinstance(literal, Literal)
        else "".join(part for part in literal.parts if isinstance(part, str))
    )
    words = parameter.name.replace("_", " ")
    return Problem(
        literal.at.line,
        literal.at.column,
        _MESSAGE,
        shorten(f"{call.function}({parameter.name}={value!r})"),
        "what was asked for",
        f"For {call.function}: what is the {words}?",
    )
