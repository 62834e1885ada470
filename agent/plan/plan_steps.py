"""List the calls of a plan, with their inputs, before it runs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent.plan.check.named_plan import NamedPlan
from agent.plan.check.plan_check import CheckedPlan
from agent.plan.syntax.formatter import format_expression
from agent.plan.syntax.tree import (
    BUILTINS,
    Assign,
    Call,
    Choice,
    Comprehension,
    Do,
    Expression,
    If,
    Logic,
    Name,
    Say,
    Statement,
    blocks,
    children,
    expressions,
    walk,
)
from tools.sdk.tool import Tool


@dataclass(frozen=True)
class StepView:
    """One call of a tool or named plan.

    `path` locates it: "3" is the call of the third command, "3.1" the call in its second argument,
    "4[].0" the call that the comprehension in command 4 makes for each item, "5.2.1" the first
    command in the second block of an `if`, and "6/2" the second command of the named plan that
    command 6 calls. `needs` lists the names of the calls whose results it uses, directly or through
    other expressions; a call without a name is listed by its path.
    """

    path: str
    name: str
    tool: str
    pin: str
    text: str
    line: int
    needs: tuple[str, ...]


def steps(plan: CheckedPlan) -> tuple[StepView, ...]:
    """Return every call in the plan, in text order."""
    collector = _Collector(plan)
    collector.collect(plan.plan.statements, "", ())
    return tuple(collector.steps)


def commands(plan: CheckedPlan) -> tuple[StepView, ...]:
    """Return every tool call, with calls of named plans expanded.

    Commands inside a named plan get no name: their names are local to it.
    """
    found: list[StepView] = []
    given_by: dict[str, tuple[str, ...]] = {}
    for step in steps(plan):
        needs = _unique(*(source for need in step.needs for source in given_by.get(need, (need,))))
        callee = plan.tools[step.tool]
        if not isinstance(callee, NamedPlan):
            found.append(replace(step, needs=needs))
            continue
        within = commands(callee.body)
        paths: dict[str, tuple[str, ...]] = {}
        for each in within:
            known = each.name or each.path
            paths[known] = (*paths.get(known, ()), f"{step.path}/{each.path}")
        for each in within:
            sources = _unique(*(path for need in each.needs for path in paths.get(need, needs)))
            path = f"{step.path}/{each.path}"
            found.append(replace(each, path=path, name="", line=step.line, needs=sources))
        used = {need for each in within for need in each.needs}
        ending = [path for known, at in paths.items() if known not in used for path in at]
        given_by[step.name or step.path] = tuple(ending)
    return tuple(found)


def tools_of(plan: CheckedPlan) -> Iterator[Tool[..., Any]]:
    """Yield the tools of the plan's commands, in order."""
    for step in steps(plan):
        callee = plan.tools[step.tool]
        if isinstance(callee, NamedPlan):
            yield from tools_of(callee.body)
        else:
            yield callee


def ends(plan: CheckedPlan, skipped: Collection[str] = ()) -> tuple[str, ...]:
    """Return the assigned names that nothing else in the plan uses.

    Statements at skipped paths do not count as uses.
    """
    used: set[str] = set()
    for path, statement in _with_paths(plan.plan.statements):
        for expression in expressions(statement) if path not in skipped else ():
            used |= _names_within(expression)
    given = [s.name for s in walk(plan.plan.statements) if isinstance(s, Assign)]
    return tuple(name for name in dict.fromkeys(given) if name not in used)


def _with_paths(
    statements: Sequence[Statement], within: str = ""
) -> Iterator[tuple[str, Statement]]:
    """Yield every statement with its path, including those in blocks."""
    for path, statement in statement_paths(statements, within):
        yield path, statement
        for place, block in enumerate(blocks(statement)):
            yield from _with_paths(block, block_path(path, place))


def statement_paths(
    statements: Sequence[Statement], within: str = ""
) -> Iterator[tuple[str, Statement]]:
    """Yield the statements of the block at `parent_path` with their paths."""
    prefix = f"{within}." if within else ""
    return ((f"{prefix}{number}", statement) for number, statement in enumerate(statements, 1))


def block_path(path: str, place: int) -> str:
    """Return the path of an `if` block; its condition is number 0."""
    return f"{path}.{place + 1}"


def child_path(path: str, node: Expression, place: int, item: int | None = None) -> str:
    """Return the path of a child expression, for one comprehension item."""
    if isinstance(node, Comprehension) and place <= len(node.conditions):
        return f"{path}[{'' if item is None else item}].{place}"
    return f"{path}.{place}"


def static_path(path: str) -> str:
    """Return the path in the text: without the item numbers of comprehensions."""
    return re.sub(r"\[\d+\]", "[]", path)


def count_earlier(plan: CheckedPlan) -> Mapping[str, int]:
    """Count for each path the earlier calls with the same text."""
    seen: dict[str, int] = {}
    earlier: dict[str, int] = {}
    for step in steps(plan):
        earlier[step.path] = seen.get(step.text, 0)
        seen[step.text] = earlier[step.path] + 1
    return earlier


class _Collector:
    def __init__(self, plan: CheckedPlan) -> None:
        self.steps: list[StepView] = []
        self._tools = plan.tools
        # The origin of an input or call result is its name; of other values, their operands'.
        self._origins: dict[str, tuple[str, ...]] = {name: (name,) for name in plan.names}

    def collect(
        self, statements: Sequence[Statement], within: str, guards: tuple[str, ...]
    ) -> None:
        for path, statement in statement_paths(statements, within):
            match statement:
                case Assign(name, value):
                    sources = self._visit(value, path, guards, {}, name)
                    called = isinstance(value, Call) and value.function not in BUILTINS
                    known = self._origins.get(name, ())
                    self._origins[name] = _unique(*known, *((name,) if called else sources))
                case Do(call):
                    self._visit(call, path, guards, {})
                case Say(value):
                    self._visit(value, path, guards, {})
                case If(branches, otherwise):
                    inner = guards
                    for place, branch in enumerate(branches):
                        at = f"{block_path(path, place)}.0"
                        inner = _unique(*inner, *self._visit(branch.condition, at, inner, {}))
                        self.collect(branch.body, block_path(path, place), inner)
                    self.collect(otherwise, block_path(path, len(branches)), inner)

    def _visit(
        self,
        node: Expression,
        path: str,
        guards: tuple[str, ...],
        variables: Mapping[str, tuple[str, ...]],
        name: str = "",
    ) -> tuple[str, ...]:
        """Return the sources of the expression's value and record its calls."""
        if isinstance(node, Name):
            return variables.get(node.name) or self._origins.get(node.name, ())
        found: list[str] = []
        parts = list(enumerate(children(node)))
        if isinstance(node, Comprehension):
            place, source = parts.pop()
            found += self._visit(source, child_path(path, node, place), guards, variables)
            variables = {**variables, node.variable: tuple(found)}
        deciding: list[str] = []
        for place, child in parts:
            at = child_path(path, node, place)
            sources = self._visit(child, at, _unique(*guards, *deciding), variables)
            found += sources
            # This part decides whether the others are computed.
            if isinstance(node, Logic) or (isinstance(node, Choice) and place == 0):
                deciding += sources
        needs = _unique(*found)
        if not isinstance(node, Call) or node.function in BUILTINS:
            return needs
        text = format_expression(node)
        view = StepView(
            path, name, node.function, node.pin, text, node.at.line, _unique(*needs, *guards)
        )
        self.steps.append(view)
        return (name or path,)


def _unique(*names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _names_within(node: Expression) -> set[str]:
    if isinstance(node, Name):
        return {node.name}
    return {name for child in children(node) for name in _names_within(child)}
