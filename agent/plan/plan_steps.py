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
    CallStatement,
    Comprehension,
    Conditional,
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
    result: list[StepView] = []
    outputs: dict[str, tuple[str, ...]] = {}
    for step in steps(plan):
        needs = _unique(*(source for need in step.needs for source in outputs.get(need, (need,))))
        callee = plan.tools[step.tool]
        if not isinstance(callee, NamedPlan):
            result.append(replace(step, needs=needs))
            continue
        inner_steps = commands(callee.body)
        paths: dict[str, tuple[str, ...]] = {}
        for inner in inner_steps:
            key = inner.name or inner.path
            paths[key] = (*paths.get(key, ()), f"{step.path}/{inner.path}")
        for inner in inner_steps:
            sources = _unique(*(path for need in inner.needs for path in paths.get(need, needs)))
            path = f"{step.path}/{inner.path}"
            result.append(replace(inner, path=path, name="", line=step.line, needs=sources))
        used_keys = {need for each in inner_steps for need in each.needs}
        final_paths = [
            path
            for known, key_paths in paths.items()
            if known not in used_keys
            for path in key_paths
        ]
        outputs[step.name or step.path] = tuple(final_paths)
    return tuple(result)


def tools_of(plan: CheckedPlan) -> Iterator[Tool[..., Any]]:
    """Yield the tools of the plan's commands, in order."""
    for step in steps(plan):
        callee = plan.tools[step.tool]
        if isinstance(callee, NamedPlan):
            yield from tools_of(callee.body)
        else:
            yield callee


def final_names(plan: CheckedPlan, skipped: Collection[str] = ()) -> tuple[str, ...]:
    """Return the assigned names that nothing else in the plan uses.

    Statements at skipped paths do not count as uses.
    """
    used_names: set[str] = set()
    for path, statement in _walk_with_paths(plan.plan.statements):
        for expression in expressions(statement) if path not in skipped else ():
            used_names |= _names_read(expression)
    assigned_names = [s.name for s in walk(plan.plan.statements) if isinstance(s, Assign)]
    return tuple(name for name in dict.fromkeys(assigned_names) if name not in used_names)


def _walk_with_paths(
    statements: Sequence[Statement], parent_path: str = ""
) -> Iterator[tuple[str, Statement]]:
    """Yield every statement with its path, including those in blocks."""
    for path, statement in statement_paths(statements, parent_path):
        yield path, statement
        for index, block in enumerate(blocks(statement)):
            yield from _walk_with_paths(block, block_path(path, index))


def statement_paths(
    statements: Sequence[Statement], parent_path: str = ""
) -> Iterator[tuple[str, Statement]]:
    """Yield the statements of the block at `parent_path` with their paths."""
    prefix = f"{parent_path}." if parent_path else ""
    return ((f"{prefix}{number}", statement) for number, statement in enumerate(statements, 1))


def block_path(path: str, index: int) -> str:
    """Return the path of an `if` block; its condition is number 0."""
    return f"{path}.{index + 1}"


def child_path(path: str, node: Expression, index: int, item: int | None = None) -> str:
    """Return the path of a child expression, for one comprehension item."""
    if isinstance(node, Comprehension) and index <= len(node.conditions):
        return f"{path}[{'' if item is None else item}].{index}"
    return f"{path}.{index}"


def static_path(path: str) -> str:
    """Return the path in the text: without the item numbers of comprehensions."""
    return re.sub(r"\[\d+\]", "[]", path)


def count_earlier_calls(plan: CheckedPlan) -> Mapping[str, int]:
    """Count for each path the earlier calls with the same text."""
    counts: dict[str, int] = {}
    earlier: dict[str, int] = {}
    for step in steps(plan):
        earlier[step.path] = counts.get(step.text, 0)
        counts[step.text] = earlier[step.path] + 1
    return earlier


class _Collector:
    def __init__(self, plan: CheckedPlan) -> None:
        self.steps: list[StepView] = []
        self._tools = plan.tools
        # The origin of an input or call result is its name; of other values, their operands'.
        self._origins: dict[str, tuple[str, ...]] = {name: (name,) for name in plan.names}

    def collect(
        self, statements: Sequence[Statement], parent_path: str, guards: tuple[str, ...]
    ) -> None:
        for path, statement in statement_paths(statements, parent_path):
            match statement:
                case Assign(name, value):
                    sources = self._visit(value, path, guards, {}, name)
                    is_call = isinstance(value, Call) and value.function not in BUILTINS
                    origins = self._origins.get(name, ())
                    self._origins[name] = _unique(*origins, *((name,) if is_call else sources))
                case CallStatement(call):
                    self._visit(call, path, guards, {})
                case Say(value):
                    self._visit(value, path, guards, {})
                case If(branches, otherwise):
                    inner = guards
                    for index, branch in enumerate(branches):
                        condition_path = f"{block_path(path, index)}.0"
                        inner = _unique(
                            *inner, *self._visit(branch.condition, condition_path, inner, {})
                        )
                        self.collect(branch.body, block_path(path, index), inner)
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
        inputs: list[str] = []
        parts = list(enumerate(children(node)))
        if isinstance(node, Comprehension):
            index, source = parts.pop()
            inputs += self._visit(source, child_path(path, node, index), guards, variables)
            variables = {**variables, node.variable: tuple(inputs)}
        condition_inputs: list[str] = []
        for index, child in parts:
            inner_path = child_path(path, node, index)
            sources = self._visit(child, inner_path, _unique(*guards, *condition_inputs), variables)
            inputs += sources
            # This part decides whether the others are computed.
            if isinstance(node, Logic) or (isinstance(node, Conditional) and index == 0):
                condition_inputs += sources
        needs = _unique(*inputs)
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


def _names_read(node: Expression) -> set[str]:
    if isinstance(node, Name):
        return {node.name}
    return {name for child in children(node) for name in _names_read(child)}
