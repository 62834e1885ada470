"""Build canonical terms for the values of a plan.

A term is a tuple whose first item is its kind: `("call", tool, …)`, `("number", 2.0)`. Terms are
equal when they describe the same computation: `2 * n` and `n * 2`, `not a < b` and `a >= b`,
`"{words}"` and `words`, a comprehension over literal items and the list of its results.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from agent.plan.run.operations import calculate
from tools.errors import BatutaError

Term = tuple[Any, ...]

TRUE: Term = ("truth", True)
NOTHING: Term = ("nothing",)

_OPPOSITES = {
    **{"<": ">=", "<=": ">", ">": "<=", ">=": "<"},
    **{"==": "!=", "!=": "==", "in": "not in", "not in": "in"},
}
_CONTAINER_TYPES = {"Boxes", "list"}
_NUMERIC_BUILTINS = {"len", "sum", "round", "abs"}


def constant(value: object) -> Term:
    """Return the term of a literal value."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return ("truth", value)
    if isinstance(value, int | float):
        return ("number", float(value))
    return text([str(value)])


def text(parts: Sequence[str | Term]) -> Term:
    """Return the term of a text.

    Case, extra spaces and a final full stop are ignored.
    """
    pieces: list[str | Term] = []
    for part in parts:
        if isinstance(part, str):
            part = re.sub(r"\s+", " ", part).casefold()
            if pieces and isinstance(pieces[-1], str):
                part = pieces.pop() + part  # pyright: ignore[reportOperatorIssue]
            pieces.append(part)
        elif part[0] == "text":
            pieces += part[1]
        else:
            pieces.append(part)
    if pieces and isinstance(pieces[0], str):
        pieces[0] = pieces[0].lstrip()
    if pieces and isinstance(pieces[-1], str):
        pieces[-1] = pieces[-1].rstrip(" .!")
    pieces = [part for part in pieces if part != ""]
    if len(pieces) == 1 and not isinstance(pieces[0], str):
        return pieces[0]
    return ("text", tuple(pieces))


def sort_terms(terms: Sequence[Term]) -> tuple[Term, ...]:
    """Sort terms into an order independent of the plan's text."""
    return tuple(sorted(terms, key=repr))


def arithmetic(operator: str, left: Term, right: Term) -> Term:
    """Return `left operator right`, computed if both are literal numbers."""
    if left[0] == right[0] == "number":
        try:
            return ("number", float(calculate(operator, left[1], right[1])))  # pyright: ignore[reportArgumentType]
        except BatutaError:
            return ("arithmetic", operator, (left, right))
    commutes = operator == "*" or (operator == "+" and is_number(left) and is_number(right))
    if operator == "+" and left[0] == right[0] == "list":
        return ("list", (*left[1], *right[1]))
    if not commutes:
        return ("arithmetic", operator, (left, right))
    parts = [
        inner
        for side in (left, right)
        for inner in (side[2] if side[:2] == ("arithmetic", operator) else (side,))
    ]
    return ("arithmetic", operator, sort_terms(parts))


def comparison(operator: str, left: Term, right: Term, *, integers: bool = False) -> Term:
    """Compare two terms; for integers `n >= 3` equals `2 < n`."""
    if operator in (">", ">="):
        operator, left, right = {">": "<", ">=": "<="}[operator], right, left
    if operator == "<=" and integers and left[0] == "number":
        operator, left = "<", ("number", left[1] - 1)
    elif operator == "<=" and integers and right[0] == "number":
        operator, right = "<", ("number", right[1] + 1)
    if operator in ("==", "!="):
        left, right = sort_terms([left, right])
        if left[:2] == ("builtin", "len") and right == ("number", 0.0):
            # A length is never negative.
            return comparison(
                "<" if operator == "==" else ">=", left, ("number", 1.0), integers=True
            )
    return ("compare", operator, left, right, integers)


def negate(term: Term) -> Term:
    """Return `not term`."""
    match term:
        case ("not", inner):
            return inner
        case ("truth", value):
            return ("truth", not value)
        case ("compare", operator, left, right, integers):
            return comparison(_OPPOSITES[operator], left, right, integers=integers)
        case ("logic", operator, operands):
            other = "or" if operator == "and" else "and"
            return logic(other, [negate(operand) for operand in operands])
        case _:
            return ("not", term)


def logic(operator: str, operands: Sequence[Term]) -> Term:
    """Join operands by `and` or `or`; sort them if all are conditions."""
    flat = [
        inner
        for operand in operands
        for inner in (operand[2] if operand[:2] == ("logic", operator) else (operand,))
    ]
    if all(_is_condition(operand) for operand in flat):
        flat = list(dict.fromkeys(sort_terms(flat)))
    return flat[0] if len(flat) == 1 else ("logic", operator, tuple(flat))


def choice(condition: Term, yes: Term, no: Term) -> Term:
    """Return `yes if condition else no`."""
    if yes == no:
        return yes
    if condition[0] == "truth":
        return yes if condition[1] else no
    other = negate(condition)
    if repr(other) < repr(condition):
        condition, yes, no = other, no, yes
    return ("choice", condition, yes, no)


def item(container: Term, index: Term) -> Term:
    """Return `container[index]`."""
    if (
        container[0] == "list"
        and index[0] == "number"
        and -len(container[1]) <= index[1] < len(container[1])
    ):
        return container[1][int(index[1])]
    return ("item", container, index)


def as_condition(term: Term) -> Term:
    """Return the term as a condition: containers are true unless empty."""
    if term[0] in ("list", "map") or (
        term[0] in ("call", "given") and term[-1] in _CONTAINER_TYPES
    ):
        return comparison("<", ("number", 0.0), ("builtin", "len", (term,)), integers=True)
    return term


def is_number(term: Term) -> bool:
    match term:
        case ("number", *_):
            return True
        case ("arithmetic", operator, parts):
            return operator != "+" or all(is_number(part) for part in parts)
        case ("builtin", function, _):
            return function in _NUMERIC_BUILTINS
        case ("call" | "given", *_):
            return term[-1] in ("Integer", "Number")
        case ("choice", _, yes, no):
            return is_number(yes) and is_number(no)
        case _:
            return False


def is_integer(term: Term) -> bool:
    match term:
        case ("number", value):
            return value == int(value)
        case ("arithmetic", operator, parts):
            return operator in "+-*//%" and all(is_integer(part) for part in parts)
        case ("builtin", "len", _):
            return True
        case ("call" | "given", *_):
            return term[-1] == "Integer"
        case _:
            return False


def _is_condition(term: Term) -> bool:
    return term[0] in ("compare", "not", "truth") or (
        term[0] == "logic" and all(_is_condition(operand) for operand in term[2])
    )
