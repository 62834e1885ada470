"""Evaluate expressions as dataflow: operands run concurrently."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

from agent.plan.answer.answer_style import AnswerStyle
from agent.plan.answer.compose import Placeholder, compose_text
from agent.plan.answer.region_wording import PictureSize
from agent.plan.plan_limits import LIMITS
from agent.plan.plan_steps import child_path
from agent.plan.run import operations
from agent.plan.syntax.formatter import format_expression
from agent.plan.syntax.tree import (
    BUILTINS,
    Binary,
    Call,
    Compare,
    Comprehension,
    Conditional,
    ErrorNode,
    Expression,
    Index,
    ListOf,
    Literal,
    Logic,
    Name,
    Text,
    Unary,
    children,
)
from agent.plan.value_text import require_text_form
from tools.errors import BadArgument
from tools.sdk.plan_types import Value


class MissingValue(Exception):  # noqa: N818
    """A value is missing because a step that was already reported failed."""


@dataclass(frozen=True)
class EvaluationContext:
    """The path, assigned name and loop variables of an expression."""

    path: str
    name: str = ""
    variables: Mapping[str, Value] = field(default_factory=dict[str, Value])
    item: int = 0

    def child(self, node: Expression, index: int) -> EvaluationContext:
        return replace(self, path=child_path(self.path, node, index), name="")

    def iteration(self, node: Comprehension, index: int) -> EvaluationContext:
        return replace(self, path=child_path(self.path, node, index, self.item), name="")


class Evaluator:
    """Evaluate expressions.

    `look_up` resolves names, `call` executes tool calls, and `picture_size` returns the size of the
    picture that the regions of an expression lie on. `style` is that of texts.
    """

    def __init__(
        self,
        look_up: Callable[[str], Awaitable[Value]],
        call: Callable[[Call, EvaluationContext], Awaitable[Value]],
        picture_size: Callable[[Expression], PictureSize | None],
        style: AnswerStyle,
    ) -> None:
        self._look_up = look_up
        self._call = call
        self._picture_size = picture_size
        self._style = style

    async def _outcome(
        self, node: Expression, context: EvaluationContext
    ) -> Value | MissingValue | BadArgument:
        try:
            return await self.value(node, context)
        except (MissingValue, BadArgument) as error:
            return error

    async def values(self, node: Expression, context: EvaluationContext) -> list[Value]:
        """Evaluate all children concurrently; raise the first error in text order."""
        parts = [(child, context.child(node, i)) for i, child in enumerate(children(node))]
        if len(parts) > 1 and any(_has_call(child) for child, _ in parts):
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._outcome(*part)) for part in parts]
            outcomes = [task.result() for task in tasks]
        else:
            outcomes = [await self._outcome(*part) for part in parts]
        return _raise_first(outcomes)

    async def value(self, node: Expression, context: EvaluationContext) -> Value:
        match node:
            case Literal(value):
                return value
            case Name(name) if name in context.variables:
                return context.variables[name]
            case Name(name):
                return await self._look_up(name)
            case Text():
                return compose_text(await self._text_parts(node, context), self._style)
            case Call(function) if function in BUILTINS:
                return operations.call_builtin(function, await self.values(node, context))
            case Call():
                return await self._call(node, context)
            case Unary(operator):
                (value,) = await self.values(node, context)
                return (
                    operations.negate(value) if operator == "-" else not operations.is_true(value)
                )
            case Binary(operator):
                return operations.calculate(operator, *await self.values(node, context))
            case Compare(operators):
                values = await self.values(node, context)
                pairs = zip(operators, values, values[1:], strict=False)
                return all(operations.compare(*pair) for pair in pairs)
            case Logic(operator, operands):
                value = None
                for index, operand in enumerate(operands):
                    value = await self.value(operand, context.child(node, index))
                    if operations.is_true(value) == (operator == "or"):
                        break
                return value
            case Conditional(condition, yes, no):
                holds = operations.is_true(await self.value(condition, context.child(node, 0)))
                branch = (yes, 1) if holds else (no, 2)
                return await self.value(branch[0], context.child(node, branch[1]))
            case Index():
                return operations.get_item(*await self.values(node, context))
            case ListOf():
                return operations.check_list(await self.values(node, context))
            case Comprehension():
                return await self._comprehension(node, context)
            case ErrorNode():
                raise AssertionError("a checked plan has no error nodes")

    async def placeholder(self, node: Expression, context: EvaluationContext) -> Placeholder:
        """Evaluate a value that becomes part of a text."""
        value = await self.value(node, context)
        name = format_expression(node) if isinstance(node, Name | Index) else ""
        return Placeholder(value, name, self._picture_size(node))

    async def _text_parts(self, node: Text, context: EvaluationContext) -> list[str | Placeholder]:
        parts: list[str | Placeholder] = []
        values = iter(await self.values(node, context))
        for part in node.parts:
            if isinstance(part, str):
                parts.append(part)
                continue
            value = next(values)
            require_text_form(value)
            parts.append(Placeholder(value, picture_size=self._picture_size(part)))
        return parts

    async def _comprehension(self, node: Comprehension, context: EvaluationContext) -> Value:
        last = len(children(node)) - 1
        source = await self.value(node.source, context.child(node, last))
        items = operations.items_of(source)
        calls = len(items) * sum(_count_calls(part) for part in children(node)[:last])
        if calls > LIMITS.calls:
            raise BadArgument(
                f"the list would make {calls} calls, {LIMITS.calls} are allowed",
                hint="use fewer items",
            )
        iterations = [
            replace(context, variables={**context.variables, node.variable: item}, item=number)
            for number, item in enumerate(items)
        ]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._iterate(node, iteration)) for iteration in iterations]
        results = _raise_first([task.result() for task in tasks])
        return operations.check_list(
            [value for result in results for value in cast("list[Value]", result)]
        )

    async def _iterate(
        self, node: Comprehension, context: EvaluationContext
    ) -> list[Value] | MissingValue | BadArgument:
        """Evaluate one iteration: a list of its value, or an empty list."""
        try:
            for index, condition in enumerate(node.conditions, 1):
                if not operations.is_true(
                    await self.value(condition, context.iteration(node, index))
                ):
                    return []
            return [await self.value(node.item, context.iteration(node, 0))]
        except (MissingValue, BadArgument) as error:
            return error


def _raise_first(outcomes: Sequence[Value | MissingValue | BadArgument]) -> list[Value]:
    for outcome in outcomes:
        if isinstance(outcome, MissingValue | BadArgument):
            raise outcome
    return cast("list[Value]", list(outcomes))


def _has_call(node: Expression) -> bool:
    return _count_calls(node) > 0


def _count_calls(node: Expression) -> int:
    is_tool_call = isinstance(node, Call) and node.function not in BUILTINS
    return is_tool_call + sum(_count_calls(child) for child in children(node))
