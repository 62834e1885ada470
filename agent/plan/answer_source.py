"""Find out whether the whole answer of a plan is words of a file.

A plan may quote what a file says. If it says nothing else, the words of the file would stand there
as if Batuta had written them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from agent.plan.check.plan_check import CheckedPlan
from agent.plan.syntax.tree import (
    Assign,
    Call,
    Expression,
    Index,
    Name,
    Say,
    Text,
    children,
    walk,
)

READERS = frozenset({"read_text", "transcribe"})
"""Tools whose result is the words in an image, audio or video."""


def answer_source(checked: CheckedPlan) -> str:
    """Return the input whose words are the whole answer, or an empty string."""
    statements = list(walk(checked.plan.statements))
    values = [statement.value for statement in statements if isinstance(statement, Say)]
    if len(values) != 1:
        return ""
    value = _only_value(values[0])
    if value is None or not _is_text(value, checked):
        return ""
    assigned = {item.name: item.value for item in statements if isinstance(item, Assign)}
    texts = {name for name, kind in checked.names.items() if kind.name == "Text"}
    return _text_source(value, assigned, texts, checked.names)


def _only_value(value: Expression) -> Expression | None:
    """Return the value that is all a `say` says, without quotation marks around it."""
    if not isinstance(value, Text):
        return value
    values = [part for part in value.parts if not isinstance(part, str)]
    words = "".join(part for part in value.parts if isinstance(part, str))
    return values[0] if len(values) == 1 and not any(map(str.isalnum, words)) else None


def _is_text(value: Expression, checked: CheckedPlan) -> bool:
    match value:
        case Name(name):
            return name in checked.types and checked.types[name].name == "Text"
        case Call(function=function):
            return function in checked.tools and checked.tools[function].returns.name == "Text"
        case _:
            return isinstance(value, Index)


def _text_source(
    value: Expression,
    assigned: Mapping[str, Expression],
    texts: Collection[str],
    inputs: Collection[str],
) -> str:
    """Return the input whose words a value consists of or was made from."""
    match value:
        case Name(name) if name in assigned:
            return _text_source(assigned[name], assigned, texts, inputs)
        case Name(name) if name in texts:
            return name
        case Index():
            return _first_source(children(value), assigned, texts, inputs)
        case Call(function=function):
            arguments = children(value)
            if function in READERS:
                return _first_input(arguments, assigned, inputs)
            return _first_source(arguments, assigned, texts, inputs)
        case _:
            return ""


def _first_source(
    values: Collection[Expression],
    assigned: Mapping[str, Expression],
    texts: Collection[str],
    inputs: Collection[str],
) -> str:
    sources = (_text_source(value, assigned, texts, inputs) for value in values)
    return next(filter(None, sources), "")


def _first_input(
    values: Collection[Expression], assigned: Mapping[str, Expression], inputs: Collection[str]
) -> str:
    """Return the first input that a value was made from."""
    for value in values:
        if isinstance(value, Name) and value.name in inputs and value.name not in assigned:
            return value.name
        nested = (
            [assigned[value.name]] if isinstance(value, Name) and value.name in assigned else []
        )
        if source := _first_input(nested or children(value), assigned, inputs):
            return source
    return ""
