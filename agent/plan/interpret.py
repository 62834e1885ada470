"""Runs a checked plan as dataflow: every call starts as soon as what it needs is there.

Nothing here depends on the order in which calls finish: neither values nor failures, nor the
path by which a call is known. A failed call takes with it what needs it, and nothing else.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from agent.plan import operations
from agent.plan.check import CheckedPlan
from agent.plan.format import format_expression, headline
from agent.plan.limits import LIMITS
from agent.plan.outcome import (
    CallSite,
    Failure,
    Interpretation,
    Message,
    Perform,
    Said,
    Skip,
)
from agent.plan.saying import join_words, segments_of
from agent.plan.steps import block_path, child_path, count_earlier, statement_paths, static_path
from agent.plan.syntax import (
    BUILTINS,
    Assign,
    Binary,
    Call,
    Choice,
    Compare,
    Comprehension,
    Do,
    Expression,
    Faulty,
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
    blocks,
    children,
    walk,
)
from agent.plan.words import check_sizes, in_words
from tools.errors import BadArgument, BatutaError, Cancelled, InputError
from tools.plugin import SEED, Tool
from tools.types import Value


async def interpret(
    plan: CheckedPlan, names: Mapping[str, Value], perform: Perform
) -> Interpretation:
    """What the plan makes of these values, `perform` doing its calls.

    A BatutaError of `perform` is a failure of that step. `Cancelled`, `CancelledError` and any
    other exception end all that is running and are raised.
    """
    missing = [name for name in plan.names if name not in names]
    if missing:
        raise InputError(
            f"the plan was checked with {missing[0]!r}, which has no value now",
            hint="give the same files as when the plan was checked",
        )
    run = _Run(plan, names, perform)
    try:
        await run.run_block(plan.plan.statements)
    except BaseExceptionGroup as group:
        error = _first_error(group)
        raise (error.error if isinstance(error, _Stopped) else error) from None
    return run.result()


class _Lost(Exception):  # noqa: N818
    """A value that is missing for a reason already told."""


class _Stopped(Exception):  # noqa: N818
    """Carries what ends the whole run through task groups, which would drop a CancelledError."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True)
class _Place:
    """Where an expression stands, and what the variables are there."""

    path: str
    name: str = ""
    variables: Mapping[str, Value] = field(default_factory=dict[str, Value])
    item: int = 0

    def child(self, node: Expression, index: int) -> _Place:
        return replace(self, path=child_path(self.path, node, index), name="")

    def round(self, node: Comprehension, index: int) -> _Place:
        return replace(self, path=child_path(self.path, node, index, self.item), name="")


class _Run:
    def __init__(self, plan: CheckedPlan, names: Mapping[str, Value], perform: Perform) -> None:
        self._tools = plan.tools
        self._perform = perform
        self._given = names
        self._earlier = count_earlier(plan)
        assigned = [s.name for s in walk(plan.plan.statements) if isinstance(s, Assign)]
        loop = asyncio.get_running_loop()
        self._results: dict[str, asyncio.Future[Value | _Lost]] = {
            name: loop.create_future() for name in dict.fromkeys(assigned)
        }
        self._failures: list[Failure] = []
        self._skipped: list[Skip] = []
        self._said: dict[str, Message] = {}

    def result(self) -> Interpretation:
        done = {name: future.result() for name, future in self._results.items() if future.done()}
        return Interpretation(
            {name: value for name, value in done.items() if not isinstance(value, _Lost)},
            tuple(sorted(self._failures, key=lambda failure: _in_plan_order(failure.path))),
            tuple(sorted(self._skipped, key=lambda skip: _in_plan_order(skip.path))),
            tuple(self._said[path] for path in sorted(self._said, key=_in_plan_order)),
        )

    async def run_block(self, statements: Sequence[Statement], within: str = "") -> None:
        async with asyncio.TaskGroup() as group:
            for path, statement in statement_paths(statements, within):
                group.create_task(self._run_statement(path, statement))

    async def _run_statement(self, path: str, statement: Statement) -> None:
        name = statement.name if isinstance(statement, Assign) else ""
        try:
            match statement:
                case Assign(value=value):
                    self._settle(name, await self._value(value, _Place(path, name)))
                case Do(call):
                    await self._value(call, _Place(path))
                case Say(value):
                    self._said[path] = await self._message(value, _Place(path))
                case If():
                    await self._run_if(path, statement)
        except BadArgument as error:
            text = headline(statement)
            self._failures.append(Failure(path, name, statement.at.line, text, error))
            self._lose(name, "failed")
        except _Lost as lost:
            if any(failure.path == path for failure in self._failures):
                self._lose(name, "failed")
            else:
                self._skip(path, statement, str(lost))

    async def _run_if(self, path: str, statement: If) -> None:
        for place, branch in enumerate(statement.branches):
            at = f"{block_path(path, place)}.0"
            try:
                holds = operations.decide(await self._value(branch.condition, _Place(at)))
            except BadArgument as error:
                line, text = branch.condition.at.line, format_expression(branch.condition)
                self._failures.append(Failure(at, "", line, text, error))
                self._skip_blocks(path, statement, place, f"needs {text}, which failed")
                return
            except _Lost as lost:
                self._skip_blocks(path, statement, place, str(lost))
                return
            if holds:
                await self.run_block(branch.body, block_path(path, place))
                return
        await self.run_block(statement.otherwise, block_path(path, len(statement.branches)))

    def _skip(self, path: str, statement: Statement, reason: str) -> None:
        if isinstance(statement, If):
            self._skip_blocks(path, statement, 0, reason)
            return
        name = statement.name if isinstance(statement, Assign) else ""
        self._skipped.append(Skip(path, name, statement.at.line, headline(statement), reason))
        self._lose(name, "was skipped")

    def _skip_blocks(self, path: str, statement: If, first: int, reason: str) -> None:
        """Skip the blocks from one on: whether they would have run cannot be known."""
        for place, block in enumerate(blocks(statement)):
            if place >= first:
                for inner_path, inner in statement_paths(block, block_path(path, place)):
                    self._skip(inner_path, inner, reason)

    def _lose(self, name: str, how: str) -> None:
        """Tell all that waits for the name that nothing will come."""
        if name:
            self._settle(name, _Lost(f"needs {name}, which {how}"))

    def _settle(self, name: str, value: Value | _Lost) -> None:
        # Of the branches that give a name, one at most runs; all of them may be lost together.
        if not self._results[name].done():
            self._results[name].set_result(value)

    async def _message(self, node: Expression, place: _Place) -> Message:
        parts = node.parts if isinstance(node, Text) else (node,)
        segments: list[str | Said] = []
        for part in parts:
            if isinstance(part, str):
                segments.append(part)
                continue
            name = format_expression(part) if isinstance(part, Name | Index) else ""
            segments += segments_of(name, await self._value(part, place))
        return join_words(segments)

    async def _outcome(self, node: Expression, place: _Place) -> Value | _Lost | BadArgument:
        try:
            return await self._value(node, place)
        except (_Lost, BadArgument) as error:
            return error

    async def _values(self, node: Expression, place: _Place) -> list[Value]:
        """The values of all parts, computed at the same time; the first fault by place wins."""
        parts = [(child, place.child(node, i)) for i, child in enumerate(children(node))]
        if len(parts) > 1 and any(_has_call(child) for child, _ in parts):
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._outcome(*part)) for part in parts]
            outcomes = [task.result() for task in tasks]
        else:
            outcomes = [await self._outcome(*part) for part in parts]
        return _raise_first(outcomes)

    async def _value(self, node: Expression, place: _Place) -> Value:
        match node:
            case Literal(value):
                return value
            case Name(name):
                return await self._value_of_name(name, place)
            case Text(parts):
                values = iter(await self._values(node, place))
                words = [p if isinstance(p, str) else in_words(next(values)) for p in parts]
                check_sizes(words)
                return "".join(words)
            case Call(function) if function in BUILTINS:
                return operations.call_builtin(function, await self._values(node, place))
            case Call():
                return await self._call(node, place)
            case Unary(operator):
                (value,) = await self._values(node, place)
                return operations.negate(value) if operator == "-" else not operations.decide(value)
            case Binary(operator):
                return operations.calculate(operator, *await self._values(node, place))
            case Compare(operators):
                values = await self._values(node, place)
                pairs = zip(operators, values, values[1:], strict=False)
                return all(operations.compare(*pair) for pair in pairs)
            case Logic(operator, operands):
                value = None
                for index, operand in enumerate(operands):
                    value = await self._value(operand, place.child(node, index))
                    if operations.decide(value) == (operator == "or"):
                        break
                return value
            case Choice(condition, yes, no):
                holds = operations.decide(await self._value(condition, place.child(node, 0)))
                taken = (yes, 1) if holds else (no, 2)
                return await self._value(taken[0], place.child(node, taken[1]))
            case Index():
                return operations.pick(*await self._values(node, place))
            case ListOf():
                return operations.check_list(await self._values(node, place))
            case Comprehension():
                return await self._go_through(node, place)
            case Faulty():
                raise AssertionError("a checked plan has no faulty parts")

    async def _value_of_name(self, name: str, place: _Place) -> Value:
        if name in place.variables:
            return place.variables[name]
        if name not in self._results:
            return self._given[name]
        value = await self._results[name]
        if isinstance(value, _Lost):
            raise _Lost(str(value))
        return value

    async def _go_through(self, node: Comprehension, place: _Place) -> Value:
        last = len(children(node)) - 1
        source = await self._value(node.source, place.child(node, last))
        items = operations.items_of(source)
        calls = len(items) * sum(_count_calls(part) for part in children(node)[:last])
        if calls > LIMITS.calls:
            raise BadArgument(
                f"the list would make {calls} calls, {LIMITS.calls} are allowed",
                hint="go through fewer items",
            )
        rounds = [
            replace(place, variables={**place.variables, node.variable: item}, item=number)
            for number, item in enumerate(items)
        ]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._round(node, at)) for at in rounds]
        kept = _raise_first([task.result() for task in tasks])
        return operations.check_list([value for one in kept for value in cast("list[Value]", one)])

    async def _round(self, node: Comprehension, place: _Place) -> list[Value] | _Lost | BadArgument:
        """One round of a comprehension: a list of its value, or an empty one."""
        try:
            for index, condition in enumerate(node.conditions, 1):
                if not operations.decide(await self._value(condition, place.round(node, index))):
                    return []
            return [await self._value(node.item, place.round(node, 0))]
        except (_Lost, BadArgument) as error:
            return error

    async def _call(self, node: Call, place: _Place) -> Value:
        text = format_expression(node)
        try:
            values = await self._values(node, place)
            earlier = self._earlier[static_path(place.path)]
            site = CallSite(
                path=place.path,
                tool=self._tools[node.function],
                pin=node.pin,
                arguments=_name_arguments(self._tools[node.function], node, values),
                line=node.at.line,
                text=text,
                name=place.name,
                # A plan has fewer calls than this, so no two that read the same get one number.
                occurrence=earlier + place.item * (LIMITS.calls + 1),
            )
            return await self._perform(site)
        except (_Lost, _Stopped):
            raise
        except Cancelled as error:
            raise _Stopped(error) from error
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task and task.cancelling():
                raise
            raise _Stopped(error) from error
        except BatutaError as error:
            failure = Failure(place.path, place.name, node.at.line, text, error)
            self._failures.append(failure)
            raise _Lost(f"needs {text}, which failed") from error


def _name_arguments(tool: Tool[..., Any], node: Call, values: Sequence[Value]) -> dict[str, Value]:
    """The values by the names of the parameters, with the defaults of those not given."""
    positional = (parameter for parameter in tool.parameters if parameter.name != SEED)
    types = {parameter.name: parameter.type for parameter in tool.parameters}
    given: dict[str, Value] = {}
    for argument, value in zip(node.arguments, values, strict=True):
        name = argument.name or next(positional).name
        given[name] = operations.fit(tool.name, name, types[name], value)
    return {
        parameter.name: given.get(parameter.name, parameter.default)
        for parameter in tool.parameters
        if parameter.name in given or parameter.name != SEED
    }


def _raise_first(outcomes: Sequence[Value | _Lost | BadArgument]) -> list[Value]:
    for outcome in outcomes:
        if isinstance(outcome, _Lost | BadArgument):
            raise outcome
    return cast("list[Value]", list(outcomes))


def _has_call(node: Expression) -> bool:
    return _count_calls(node) > 0


def _count_calls(node: Expression) -> int:
    called = isinstance(node, Call) and node.function not in BUILTINS
    return called + sum(_count_calls(child) for child in children(node))


def _in_plan_order(path: str) -> tuple[list[int], str]:
    return [int(number) for number in re.findall(r"\d+", path)], path


def _first_error(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first_error(error) if isinstance(error, BaseExceptionGroup) else error
