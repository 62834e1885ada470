"""Define the result types of operators and builtins."""

from __future__ import annotations

from agent.plan.check.scope import without_choices
from agent.plan.value_text import has_text_form
from tools.sdk.plan_types import (
    ANY,
    BOOLEAN,
    INTEGER,
    NOTHING,
    NUMBER,
    TEXT,
    Type,
    accepts,
    common_type,
    list_of,
    required,
)


def type_of_literal(value: float | bool | None) -> Type:
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return BOOLEAN
    return INTEGER if isinstance(value, int) else NUMBER


def result_of_arithmetic(operator: str, left: Type, right: Type) -> Type | None:
    """Return an operator's result type; None if it does not apply."""
    if "Any" in (left.name, right.name):
        return ANY
    if {left.name, right.name} <= {"Integer", "Number"}:
        integers = left.name == right.name == "Integer" and operator not in ("/", "**")
        return INTEGER if integers else NUMBER
    if operator == "+" and left.name == right.name == "Text":
        return TEXT
    if operator == "+" and left.item and right.item:
        return list_of(common_type(left.item, right.item) or ANY)
    return None


def can_compare(operator: str, left: Type, right: Type) -> bool:
    left, right = required(left), required(right)
    if "Any" in (left.name, right.name):
        return True
    if operator in ("in", "not in"):
        if right.name == "Text":
            return left.name == "Text"
        return bool(right.item) and can_compare("==", left, right.item or ANY)
    if operator in ("==", "!="):
        if "None" in (left.name, right.name):
            return True
        comparable = has_text_form(left) and not {left.name, right.name} & {
            "Box",
            "Boxes",
            "Points",
        }
        return comparable and common_type(left, right) is not None
    numbers = {"Integer", "Number"}
    return {left.name, right.name} <= numbers or left.name == right.name == "Text"


ARGUMENT_COUNTS = {"round": (1, 2), "range": (1, 3), "min": (1, 100), "max": (1, 100)}

ACCEPTED_VALUES = {
    "len": "a list, boxes or a text",
    "min": "numbers, or a list of them",
    "max": "numbers, or a list of them",
    "sum": "a list of numbers",
    "sorted": "a list of numbers or of texts",
    "round": "a number, and the number of decimal places",
    "range": "whole numbers",
    "abs": "a number",
    "str": "texts, numbers, boxes, tables and lists of them",
}


def result_of_builtin(function: str, kinds: list[Type]) -> Type | None:
    """Return a builtin's result type; None if it does not apply."""
    first = kinds[0]
    numbers = all(accepts(NUMBER, kind) for kind in kinds)
    item = ANY if first.name == "Any" else first.item
    match function:
        case "len":
            return INTEGER if first.item or first.name in ("Boxes", "Text", "Any") else None
        case "min" | "max" if len(kinds) == 1:
            return without_choices(item) if item and _has_order(item) else None
        case "min" | "max":
            common: Type | None = first
            for kind in kinds[1:]:
                common = common and common_type(common, kind)
            return without_choices(common) if common and _has_order(common) else None
        case "sum":
            if not item or not (accepts(NUMBER, item) or item.name == "Boolean"):
                return None
            return INTEGER if item.name == "Boolean" else item
        case "sorted":
            return list_of(without_choices(item)) if item and _has_order(item) else None
        case "round" if numbers and all(accepts(INTEGER, kind) for kind in kinds[1:]):
            return INTEGER if len(kinds) == 1 else NUMBER
        case "range":
            integers = all(accepts(INTEGER, kind) for kind in kinds)
            return list_of(INTEGER) if integers else None
        case "abs" if numbers:
            return first
        case "str":
            return TEXT if has_text_form(first) else None
        case _:
            return None


def _has_order(kind: Type) -> bool:
    return accepts(NUMBER, kind) or accepts(TEXT, kind)
