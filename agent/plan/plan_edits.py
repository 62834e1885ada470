"""Edit a plan: pin a model, set a seed or remove calls.

>>> format_plan(remove_calls(parse("cup = detect(image1)\\nsay('{cup} here')"), {"1"}))
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
    CallStatement,
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

_EMPTY_BODY = (Say(Text((" ",))),)
"""The body of a block whose commands were all removed."""


def pin_model(plan: Plan, path: str, model: str) -> Plan:
    """Return the plan with one call pinned to a model."""
    return _edit_call(plan, path, lambda call: replace(call, pin=model))


def set_seed(plan: Plan, path: str, seed: int) -> Plan:
    """Return the plan with a seed for the call at a path."""

    def change(call: Call) -> Call:
        others = tuple(argument for argument in call.arguments if argument.name != SEED)
        return replace(call, arguments=(*others, Argument(SEED, Literal(seed))))

    return _edit_call(plan, path, change)


def remove_calls(plan: Plan, paths: Collection[str]) -> Plan:
    """Return the plan without the calls at the paths and their dependents.

    A `say` keeps its text and loses the removed results.
    """
    removed_names: set[str] = set()
    statements = plan.statements
    while True:  # until no line needs a removed name
        statements = _filter_block(plan.statements, "", paths, removed_names)
        new_names = _assigned_names(plan.statements) - _assigned_names(statements)
        if new_names <= removed_names:
            return Plan(statements)
        removed_names |= new_names


def _filter_block(
    statements: tuple[Statement, ...],
    parent_path: str,
    paths: Collection[str],
    removed_names: set[str],
) -> tuple[Statement, ...]:
    remaining: list[Statement] = []
    for path, statement in statement_paths(statements, parent_path):
        match statement:
            case If():
                remaining += _filter_if(statement, path, paths, removed_names)
            case Say(Text(parts) as text):
                text_parts = tuple(
                    part
                    for part in parts
                    if isinstance(part, str) or not _uses(part, removed_names)
                )
                if any(not isinstance(part, str) or part.strip() for part in text_parts):
                    remaining.append(
                        replace(statement, value=replace(text, parts=_join_words(text_parts)))
                    )
            case Assign(value=value) | CallStatement(call=value) | Say(value=value):
                if not _uses(value, removed_names) and not _contains_any(paths, path):
                    remaining.append(statement)
    return tuple(remaining)


def _filter_if(
    statement: If, path: str, paths: Collection[str], removed_names: set[str]
) -> tuple[Statement, ...]:
    for index, branch in enumerate(statement.branches):
        if _uses(branch.condition, removed_names) or _contains_any(
            paths, f"{block_path(path, index)}.0"
        ):
            return ()
    branches = tuple(
        Branch(
            branch.condition,
            _filter_block(branch.body, block_path(path, place), paths, removed_names),
        )
        for place, branch in enumerate(statement.branches)
    )
    else_path = block_path(path, len(branches))
    otherwise = _filter_block(statement.otherwise, else_path, paths, removed_names)
    if not otherwise and not any(branch.body for branch in branches):
        return ()
    # Keep an empty branch: without it, later branches would run in its place.
    nonempty_branches = tuple(
        replace(branch, body=branch.body or _EMPTY_BODY) for branch in branches
    )
    return (replace(statement, branches=nonempty_branches, otherwise=otherwise),)


def _contains_any(paths: Collection[str], path: str) -> bool:
    return any(
        other == path or other.startswith((f"{path}.", f"{path}[", f"{path}/")) for other in paths
    )


def _uses(node: Expression, names: set[str]) -> bool:
    if isinstance(node, Name):
        return node.name in names
    return any(_uses(child, names) for child in children(node))


def _assigned_names(statements: tuple[Statement, ...]) -> set[str]:
    return {statement.name for statement in walk(statements) if isinstance(statement, Assign)}


def _join_words(parts: tuple[str | Name | Index, ...]) -> tuple[str | Name | Index, ...]:
    result: list[str | Name | Index] = []
    for part in parts:
        if isinstance(part, str) and result and isinstance(result[-1], str):
            result[-1] += part
        else:
            result.append(part)
    return tuple(result)


def _edit_call(plan: Plan, path: str, change: _Change) -> Plan:
    new_plan = Plan(_edit_block(plan.statements, "", path, change))
    if new_plan == plan:
        raise InputError(
            f"the plan has no call at {path!r} that this edit changes",
            hint="choose a command of the current plan",
        )
    return new_plan


def _edit_block(
    statements: tuple[Statement, ...], parent_path: str, target: str, change: _Change
) -> tuple[Statement, ...]:
    return tuple(
        _edit_statement(statement, path, target, change)
        for path, statement in statement_paths(statements, parent_path)
    )


def _edit_statement(statement: Statement, path: str, target: str, change: _Change) -> Statement:
    match statement:
        case Assign(value=value) | Say(value=value):
            return replace(statement, value=_edit_expression(value, path, target, change))
        case CallStatement(call):
            new_call = _edit_expression(call, path, target, change)
            return (
                CallStatement(new_call, at=statement.at)
                if isinstance(new_call, Call)
                else statement
            )
        case If(branches, otherwise):
            block_paths = [block_path(path, block) for block in range(len(branches) + 1)]
            return replace(
                statement,
                branches=tuple(
                    Branch(
                        _edit_expression(branch.condition, f"{place}.0", target, change),
                        _edit_block(branch.body, place, target, change),
                    )
                    for place, branch in zip(block_paths, branches, strict=False)
                ),
                otherwise=_edit_block(otherwise, block_paths[-1], target, change),
            )


def _edit_expression(node: Expression, path: str, target: str, change: _Change) -> Expression:
    if path == target:
        return change(node) if isinstance(node, Call) else node
    parts = [
        _edit_expression(child, child_path(path, node, index), target, change)
        for index, child in enumerate(children(node))
    ]
    return with_children(node, parts) if parts else node
