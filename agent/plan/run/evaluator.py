"""Evaluate expressions as dataflow: operands run concurrently."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from agent.plan.plan_limits import LIMITS
from agent.plan.plan_steps import child_path
from agent.plan.run import operations
from agent.plan.syntax.tree import (
    BUILTINS,
    Binary,
    Call,
    Choice,
    Compare,
    Comprehension,
    Expression,
    Faulty,
    Index,
    ListOf,
    Literal,
    Logic,
    Name,
    Text,
    Unary,
    children,
)
from agent.plan.value_text import check_sizes, in_words
from tools.errors import BadArgument
from tools.sdk.plan_types import Value


class Lost(Exception):  # noqa: N818
    """A value is missing because a step that was already reported failed."""


@dataclass(frozen=True)
class Place:
    """The path, assigned name and loop variables of an expression."""

    path: str
    name: str = ""
    variables: Mapping[str, Value] = field(default_factory=dict[str, Value])
    item: int = 0

    def child(self, node: Expression, index: int) -> Place:
        return replace(self, path=child_path(self.path, node, index), name="")

    def round(self, node: Comprehension, index: int) -> Place:
        return replace(self, path=child_path(self.path, node, index, self.item), name="")


class Evaluator:
    """Evaluate expressions; `look_up` resolves names and `call` executes tool calls."""

    def __init__(
        self,
        look_up: Callable[[str], Awaitable[Value]],
        call: Callable[[Call, Place], Awaitable[Value]],
    ) -> None:
        self._look_up = look_up
        self._call = call

    async def _outcome(self, node: Expression, place: Place) -> Value | Lost | BadArgument:
        try:
            return await self.value(node, place)
        except (Lost, BadArgument) as error:
            return error

    async def values(self, node: Expression, place: Place) -> list[Value]:
        """Evaluate all children concurrently; raise the first error in text order."""
        parts = [(child, place.child(node, i)) for i, child in enumerate(children(node))]
        if len(parts) > 1 and any(_has_call(child) for child, _ in parts):
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._outcome(*part)) for part in parts]
            outcomes = [task.result() for task in tasks]
        else:
            outcomes = [await self._outcome(*part) for part in parts]
        return _raise_first(outcomes)

    async def value(self, node: Expression, place: Place) -> Value:
        match node:
            case Literal(value):
                return value
            case Name(name) if name in place.variables:
                return place.variables[name]
            case Name(name):
                return await self._look_up(name)
            case Text(parts):
                values = iter(await self.values(node, place))
                words = [p if isinstance(p, str) else in_words(next(values)) for p in parts]
                check_sizes(words)
                return "".join(words)
            case Call(function) if function in BUILTINS:
                return operations.call_builtin(function, await self.values(node, place))
            case Call():
                return await self._call(node, place)
            case Unary(operator):
                (value,) = await self.values(node, place)
                return operations.negate(value) if operator == "-" else not operations.decide(value)
            case Binary(operator):
                return operations.calculate(operator, *await self.values(node, place))
            case Compare(operators):
                values = await self.values(node, place)
                pairs = zip(operators, values, values[1:], strict=False)
                return all(operations.compare(*pair) for pair in pairs)
            case Logic(operator, operands):
                value = None
                for index, operand in enumerate(operands):
                    value = await self.value(operand, place.child(node, index))
                    if operations.decide(value) == (operator == "or"):
                        break
                return value
            case Choice(condition, yes, no):
                holds = operations.decide(await self.value(condition, place.child(node, 0)))
                taken = (yes, 1) if holds else (no, 2)
                return await self.value(taken[0], place.child(node, taken[1]))
            case Index():
                return operations.pick(*await self.values(node, place))
            case ListOf():
                return operations.check_list(await self.values(node, place))
            case Comprehension():
                return await self._go_through(node, place)
            case Faulty():
                raise AssertionError("a checked plan has no error nodes")

    async def _go_through(self, node: Comprehension, place: Place) -> Value:
        last = len(children(node)) - 1
        source = await self.value(node.source, place.child(node, last))
        items = operations.items_of(source)
        calls = len(items) * sum(_count_calls(part) for part in children(node)[:last])
        if calls > LIMITS.calls:
            raise BadArgument(
                f"the list would make {calls} calls, {LIMITS.calls} are allowed",
                hint="use fewer items",
            )
        rounds = [
            replace(place, variables={**place.variables, node.variable: item}, item=number)
            for number, item in enumerate(items)
        ]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._round(node, at)) for at in rounds]
        kept = _raise_first([task.result() for task in tasks])
        return operations.check_list([value for one in kept for value in cast("list[Value]", one)])

    async def _round(self, node: Comprehension, place: Place) -> list[Value] | Lost | BadArgument:
        """Evaluate one iteration: a list of its value, or an empty list."""
        try:
            for index, condition in enumerate(node.conditions, 1):
                if not operations.decide(await self.value(condition, place.round(node, index))):
                    return []
            return [await self.value(node.item, place.round(node, 0))]
        except (Lost, BadArgument) as error:
            return error


def _raise_first(outcomes: Sequence[Value | Lost | BadArgument]) -> list[Value]:
    for outcome in outcomes:
        if isinstance(outcome, Lost | BadArgument):
            raise outcome
    return cast("list[Value]", list(outcomes))


def _has_call(node: Expression) -> bool:
    return _count_calls(node) > 0


def _count_calls(node: Expression) -> int:
    called = isinstance(node, Call) and node.function not in BUILTINS
    return called + sum(_count_calls(child) for child in children(node))
