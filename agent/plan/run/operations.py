"""Apply operators and builtins to values, or raise BadArgument."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, cast

from agent.plan.plan_limits import LIMITS
from agent.plan.value_text import check_sizes, to_text
from tools.errors import BadArgument
from tools.media import Boxes
from tools.sdk.plan_types import Type, Value, accepts, type_of_value

_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": operator.pow,
}
_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def calculate(symbol: str, left: Value, right: Value) -> Value:
    if _is_number(left) and _is_number(right):
        if symbol == "**" and abs(cast("float", right)) > LIMITS.exponent:
            raise BadArgument(
                f"{left} ** {right} is too large", hint=f"exponents go up to {LIMITS.exponent}"
            )
        try:
            return check_number(_ARITHMETIC[symbol](left, right))
        except (ZeroDivisionError, OverflowError) as error:
            raise BadArgument(
                f"{left} {symbol} {right} has no value: {error}", hint="compare with 0 first"
            ) from error
    if symbol == "+" and isinstance(left, str) and isinstance(right, str):
        check_sizes([left, right])
        return left + right
    if symbol == "+" and isinstance(left, list) and isinstance(right, list):
        return check_list([*cast("list[Value]", left), *cast("list[Value]", right)])
    raise BadArgument(f"{symbol} cannot combine {_type_name(left)} and {_type_name(right)}")


def negate(value: Value) -> Value:
    if not _is_number(value):
        raise BadArgument(f"- needs a number, not {_type_name(value)}")
    return -cast("float", value)


def compare(symbol: str, left: Value, right: Value) -> bool:
    match symbol:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "in" | "not in":
            is_member = _contains(right, left)
            return is_member if symbol == "in" else not is_member
        case _:
            if (_is_number(left) and _is_number(right)) or _are_texts([left, right]):
                return _ORDER[symbol](left, right)
            raise BadArgument(f"{_type_name(left)} {symbol} {_type_name(right)} cannot be compared")


def is_true(value: Value) -> bool:
    """Return whether a condition holds: None, zero and empty values are false."""
    if value is None or isinstance(value, bool | int | float | str | list | Boxes):
        return bool(value)
    raise BadArgument(
        f"{_type_name(value)} is neither true nor false", hint="compare it with something"
    )


def get_item(value: Value, index: Value) -> Value:
    if not isinstance(value, list | Boxes):
        raise BadArgument(f"{_type_name(value)} has no items")
    if not isinstance(index, int) or isinstance(index, bool):
        raise BadArgument(f"an index is a whole number, not {_type_name(index)}")
    if not -len(value) <= index < len(value):
        raise BadArgument(
            f"there is no item {index} among {len(value)}",
            hint="check len(…) before, or take another item",
        )
    return cast("Value", value[index])


def items_of(value: Value) -> list[Value]:
    """Return the items that a comprehension iterates over."""
    if not isinstance(value, list | Boxes):
        raise BadArgument(f"{_type_name(value)} has no items")
    items = list(cast("Sequence[Value]", value))
    if len(items) > LIMITS.list_items:
        raise BadArgument(
            f"a comprehension over {len(items)} items is too long, {LIMITS.list_items} are allowed",
            hint="select fewer items first",
        )
    return items


def check_list(items: list[Value]) -> list[Value]:
    """Return the list; raise BadArgument if it is too long."""
    if len(items) > LIMITS.list_items:
        raise BadArgument(
            f"a list of {len(items)} items is too long, {LIMITS.list_items} are allowed"
        )
    size = sum(_size(item) for item in items)
    if size > LIMITS.value_size:
        raise BadArgument(
            f"a list of {size} items and characters in total is too large, "
            f"{LIMITS.value_size} are allowed"
        )
    return items


def check_number(value: Any) -> float:
    if isinstance(value, complex) or not math.isfinite(value) or abs(value) >= LIMITS.number:
        raise BadArgument(
            f"the result is not a number below {LIMITS.number}", hint="use smaller numbers"
        )
    return value


def call_builtin(function: str, values: Sequence[Value]) -> Value:
    first = values[0]
    match function:
        case "len":
            if isinstance(first, str | list | Boxes):
                return len(first)
        case "str":
            return to_text(first)
        case "range":
            if all(isinstance(value, int) and not isinstance(value, bool) for value in values):
                return _make_range(cast("Sequence[int]", values))
        case "round":
            if all(_is_number(value) for value in values):
                return _round(*cast("Sequence[Any]", values))
        case "abs":
            if _is_number(first):
                return abs(cast("float", first))
        case "sum":
            if isinstance(first, list) and all(isinstance(item, int | float) for item in first):
                return check_number(sum(first))
        case _:
            return _apply_order(function, values)
    raise BadArgument(f"{function} cannot take {', '.join(map(_type_name, values))}")


def _apply_order(function: str, values: Sequence[Value]) -> Value:
    """Apply `min`, `max` or `sorted` to a list or to several values."""
    items: Any = values[0] if len(values) == 1 else list(values)
    if not isinstance(items, list) or not (all(map(_is_number, items)) or _are_texts(items)):
        raise BadArgument(f"{function} cannot take {', '.join(map(_type_name, values))}")
    if function == "sorted":
        return check_list(sorted(items))
    if not items:
        raise BadArgument(f"{function} of an empty list has no value", hint="check len(…) before")
    return min(items) if function == "min" else max(items)


def _round(value: float, places: Any = None) -> Value:
    if places is None:
        return round(value)
    if not isinstance(places, int) or abs(places) > 15:
        raise BadArgument(f"round takes a whole number of places up to 15, not {places!r}")
    return check_number(round(value, places))


def _make_range(bounds: Sequence[int]) -> Value:
    if len(bounds) == 3 and bounds[2] == 0:
        raise BadArgument("the step of range cannot be 0", hint="use a step of 1 or more")
    numbers = range(*bounds)
    if len(numbers) > LIMITS.list_items:
        raise BadArgument(
            f"a range of {len(numbers)} numbers is too long, {LIMITS.list_items} are allowed",
            hint="use a shorter range",
        )
    return list(numbers)


def convert_argument(tool: str, parameter: str, expected: Type, value: Value) -> Value:
    """Convert a value to the parameter's type, or raise BadArgument."""
    if value is None and (expected.optional or expected.name in ("None", "Any")):
        return None
    if expected.choices and value not in expected.choices:
        raise BadArgument(
            f"{tool} takes {expected} for {parameter}, not {value!r}", hint="use one of these"
        )
    if expected.item and isinstance(value, list | Boxes):
        return [convert_argument(tool, parameter, expected.item, item) for item in value]
    actual = type_of_value(value)
    if not accepts(expected, actual):
        raise BadArgument(
            f"{tool} takes {expected} for {parameter}, not {actual}",
            hint="pass a value of this type",
        )
    if expected.name == "Number" and isinstance(value, int):
        return float(value)
    return value


def _contains(whole: Value, part: Value) -> bool:
    if (isinstance(whole, str) and isinstance(part, str)) or isinstance(whole, list):
        return part in cast("list[Value]", whole)
    raise BadArgument(f"in needs a list or a text on the right, not {_type_name(whole)}")


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _are_texts(values: Sequence[Value]) -> bool:
    return all(isinstance(value, str) for value in values)


def _size(value: Value) -> int:
    if isinstance(value, str):
        return len(value)
    return sum(_size(item) for item in value) if isinstance(value, list) else 1


def _type_name(value: Value) -> str:
    try:
        return str(type_of_value(value))
    except TypeError:
        return type(value).__name__
