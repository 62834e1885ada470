"""Edit a plan: pin a model, set a seed or remove calls.

>>> format_plan(without(parse("cup = detect(image1)\\nsay('{cup} here')"), {"1"}))
'say(" here")\\n'
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from agent.plan.plan_steps import block_path, child_path, statement_paths
from agent.plan.syntax.tree import (
    Argument,
    Assign,
    Branch,
    Call,
    Do,
    Expression,
    If,
    Index,
    Literal,
    Name,
    Plan,
    Say,
    Statement,
    Text,
    children,
    walk,
    with_children,
)
from tools.errors import InputError
from tools.sdk.tool import SEED

_Change = Callable[[Call], Call]

_NOTHING = (Say(Text((" ",))),)
"""The body of a block whose commands were all removed."""


def on_model(plan: Plan, path: str, model: str) -> Plan:
    """Return the plan with one call pinned to a model."""
    return _with_call(plan, path, lambda call: replace(call, pin=model))


def with_seed(plan: Plan, path: str, seed: int) -> Plan:
    """Return the plan with a seed for the call at a path."""

    def change(call: Call) -> Call:
        others = tuple(argument for argument in call.arguments if argument.name != SEED)
        return replace(call, arguments=(*others, Argument(SEED, Literal(seed))))

    return _with_call(plan, path, change)


def without(plan: Plan, paths: Collection[str]) -> Plan:
    """Return the plan without the calls at the paths and their dependents.

    A `say` keeps its text and loses the removed results.
    """
    lost: set[str] = set()
    statements = plan.statements
    while True:  # until no line needs a removed name
        statements = _keep(plan.statements, "", paths, lost)
        gone = _names_given(plan.statements) - _names_given(statements)
        if gone <= lost:
            return Plan(statements)
        lost |= gone


def _keep(
    statements: tuple[Statement, ...], within: str, paths: Collection[str], lost: set[str]
) -> tuple[Statement, ...]:
    kept: list[Statement] = []
    for path, statement in statement_paths(statements, within):
        match statement:
            case If():
                kept += _keep_if(statement, path, paths, lost)
            case Say(Text(parts) as text):
                left = tuple(
                    part for part in parts if isinstance(part, str) or not _uses(part, lost)
                )
                if any(not isinstance(part, str) or part.strip() for part in left):
                    kept.append(replace(statement, value=replace(text, parts=_joined(left))))
            case Assign(value=value) | Do(call=value) | Say(value=value):
                if not _uses(value, lost) and not _within(paths, path):
                    kept.append(statement)
    return tuple(kept)


def _keep_if(
    statement: If, path: str, paths: Collection[str], lost: set[str]
) -> tuple[Statement, ...]:
    for place, branch in enumerate(statement.branches):
        if _uses(branch.condition, lost) or _within(paths, f"{block_path(path, place)}.0"):
            return ()
    branches = tuple(
        Branch(branch.condition, _keep(branch.body, block_path(path, place), paths, lost))
        for place, branch in enumerate(statement.branches)
    )
    last = block_path(path, len(branches))
    otherwise = _keep(statement.otherwise, last, paths, lost)
    if not otherwise and not any(branch.body for branch in branches):
        return ()
    # Keep an empty branch: without it, later branches would run in its place.
    filled = tuple(replace(branch, body=branch.body or _NOTHING) for branch in branches)
    return (replace(statement, branches=filled, otherwise=otherwise),)


def _within(paths: Collection[str], path: str) -> bool:
    return any(
        each == path or each.startswith((f"{path}.", f"{path}[", f"{path}/")) for each in paths
    )


def _uses(node: Expression, names: set[str]) -> bool:
    if isinstance(node, Name):
        return node.name in names
    return any(_uses(child, names) for child in children(node))


def _names_given(statements: tuple[Statement, ...]) -> set[str]:
    return {each.name for each in walk(statements) if isinstance(each, Assign)}


def _joined(parts: tuple[str | Name | Index, ...]) -> tuple[str | Name | Index, ...]:
    joined: list[str | Name | Index] = []
    for part in parts:
        if isinstance(part, str) and joined and isinstance(joined[-1], str):
            joined[-1] += part
        else:
            joined.append(part)
    return tuple(joined)


def _with_call(plan: Plan, path: str, change: _Change) -> Plan:
    changed = Plan(_in_block(plan.statements, "", path, change))
    if changed == plan:
        raise InputError(
            f"the plan has no call at {path!r} that this edit changes",
            hint="choose a command of the current plan",
        )
    return changed


def _in_block(
    statements: tuple[Statement, ...], within: str, target: str, change: _Change
) -> tuple[Statement, ...]:
    return tuple(
        _in_statement(statement, path, target, change)
        for path, statement in statement_paths(statements, within)
    )


def _in_statement(statement: Statement, path: str, target: str, change: _Change) -> Statement:
    match statement:
        case Assign(value=value) | Say(value=value):
            return replace(statement, value=_in_expression(value, path, target, change))
        case Do(call):
            changed = _in_expression(call, path, target, change)
            return Do(changed, at=statement.at) if isinstance(changed, Call) else statement
        case If(branches, otherwise):
            at = [block_path(path, place) for place in range(len(branches) + 1)]
            return replace(
                statement,
                branches=tuple(
                    Branch(
                        _in_expression(branch.condition, f"{place}.0", target, change),
                        _in_block(branch.body, place, target, change),
                    )
                    for place, branch in zip(at, branches, strict=False)
                ),
                otherwise=_in_block(otherwise, at[-1], target, change),
            )


def _in_expression(node: Expression, path: str, target: str, change: _Change) -> Expression:
    if path == target:
        return change(node) if isinstance(node, Call) else node
    parts = [
        _in_expression(child, child_path(path, node, place), target, change)
        for place, child in enumerate(children(node))
    ]
    return with_children(node, parts) if parts else node
