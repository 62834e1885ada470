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

_NEGATED = {
    **{"<": ">=", "<=": ">", ">": "<=", ">=": "<"},
    **{"==": "!=", "!=": "==", "in": "not in", "not in": "in"},
}
_HOLDING = {"Boxes", "list"}
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
    found: list[str | Term] = []
    for part in parts:
        if isinstance(part, str):
            part = re.sub(r"\s+", " ", part).casefold()
            if found and isinstance(found[-1], str):
                part = found.pop() + part  # pyright: ignore[reportOperatorIssue]
            found.append(part)
        elif part[0] == "text":
            found += part[1]
        else:
            found.append(part)
    if found and isinstance(found[0], str):
        found[0] = found[0].lstrip()
    if found and isinstance(found[-1], str):
        found[-1] = found[-1].rstrip(" .!")
    found = [part for part in found if part != ""]
    if len(found) == 1 and not isinstance(found[0], str):
        return found[0]
    return ("text", tuple(found))


def in_order(terms: Sequence[Term]) -> tuple[Term, ...]:
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
    return ("arithmetic", operator, in_order(parts))


def comparison(operator: str, left: Term, right: Term, *, whole: bool = False) -> Term:
    """Compare two terms; for integers `n >= 3` equals `2 < n`."""
    if operator in (">", ">="):
        operator, left, right = {">": "<", ">=": "<="}[operator], right, left
    if operator == "<=" and whole and left[0] == "number":
        operator, left = "<", ("number", left[1] - 1)
    elif operator == "<=" and whole and right[0] == "number":
        operator, right = "<", ("number", right[1] + 1)
    if operator in ("==", "!="):
        left, right = in_order([left, right])
        if left[:2] == ("builtin", "len") and right == ("number", 0.0):
            # A length is never negative.
            return comparison("<" if operator == "==" else ">=", left, ("number", 1.0), whole=True)
    return ("compare", operator, left, right, whole)


def negated(term: Term) -> Term:
    """Return `not term`."""
    match term:
        case ("not", inner):
            return inner
        case ("truth", value):
            return ("truth", not value)
        case ("compare", operator, left, right, whole):
            return comparison(_NEGATED[operator], left, right, whole=whole)
        case ("logic", operator, operands):
            other = "or" if operator == "and" else "and"
            return logic(other, [negated(operand) for operand in operands])
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
        flat = list(dict.fromkeys(in_order(flat)))
    return flat[0] if len(flat) == 1 else ("logic", operator, tuple(flat))


def choice(condition: Term, yes: Term, no: Term) -> Term:
    """Return `yes if condition else no`."""
    if yes == no:
        return yes
    if condition[0] == "truth":
        return yes if condition[1] else no
    other = negated(condition)
    if repr(other) < repr(condition):
        condition, yes, no = other, no, yes
    return ("choice", condition, yes, no)


def item(of: Term, index: Term) -> Term:
    """Return `container[index]`."""
    if of[0] == "list" and index[0] == "number" and -len(of[1]) <= index[1] < len(of[1]):
        return of[1][int(index[1])]
    return ("item", of, index)


def condition(term: Term) -> Term:
    """Return the term as a condition: containers are true unless empty."""
    if term[0] in ("list", "map") or (term[0] in ("call", "given") and term[-1] in _HOLDING):
        return comparison("<", ("number", 0.0), ("builtin", "len", (term,)), whole=True)
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


def is_whole(term: Term) -> bool:
    match term:
        case ("number", value):
            return value == int(value)
        case ("arithmetic", operator, parts):
            return operator in "+-*//%" and all(is_whole(part) for part in parts)
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
