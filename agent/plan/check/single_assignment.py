"""Convert a plan to single assignment: rename names that are assigned again.

>>> format_plan(to_single_assignment(parse("a = depth(image1)\\na = edges(a)\\nsay('{a}')"), ()))
'a = depth(image1)\\na_2 = edges(a)\\nsay("{a_2}")\\n'

Only assignments outside of blocks are renamed: both branches of an `if` may assign one name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import count

from agent.plan.syntax.tree import (
    Assign,
    Branch,
    Call,
    CallStatement,
    Comprehension,
    Expression,
    If,
    Name,
    Plan,
    Say,
    Statement,
    Text,
    children,
    walk,
    with_children,
)

_Names = Mapping[str, str]
"""The new name of each renamed name."""


def to_single_assignment(plan: Plan, names: Iterable[str]) -> Plan:
    """Return the plan with every reassigned name renamed from that line on."""
    all_names = {*names, *(node.name for node in walk(plan.statements) if isinstance(node, Assign))}
    assigned_names = set(names)
    renames: dict[str, str] = {}
    statements: list[Statement] = []
    for statement in plan.statements:
        new_statement = _rename_in_statement(statement, renames)
        if isinstance(new_statement, Assign) and new_statement.name in assigned_names:
            name = new_statement.name
            renames[name] = next(
                new for number in count(2) if (new := f"{name}_{number}") not in all_names
            )
            all_names.add(renames[name])
            new_statement = replace(new_statement, name=renames[name])
        statements.append(new_statement)
        assigned_names |= {each.name for each in walk((new_statement,)) if isinstance(each, Assign)}
    return Plan(tuple(statements))


def _rename_in_statement(statement: Statement, names: _Names) -> Statement:
    """Rename the names that a statement reads, not those it assigns."""
    match statement:
        case Assign(value=value) | Say(value=value):
            return replace(statement, value=_rename_in_expression(value, names))
        case CallStatement(call):
            new_call = _rename_in_expression(call, names)
            return replace(statement, call=new_call) if isinstance(new_call, Call) else statement
        case If(branches, otherwise):
            return replace(
                statement,
                branches=tuple(
                    Branch(
                        _rename_in_expression(branch.condition, names),
                        tuple(_rename_in_statement(inner, names) for inner in branch.body),
                    )
                    for branch in branches
                ),
                otherwise=tuple(_rename_in_statement(each, names) for each in otherwise),
            )


def _rename_in_expression(node: Expression, names: _Names) -> Expression:
    match node:
        case Name(name):
            return replace(node, name=names.get(name, name))
        case Text(parts):
            return replace(
                node,
                parts=tuple(
                    part if isinstance(part, str) else _rename_in_expression(part, names)
                    for part in parts
                ),
            )
        case Comprehension(variable=variable):
            names = {old: new for old, new in names.items() if old != variable}
        case _:
            pass
    parts = [_rename_in_expression(child, names) for child in children(node)]
    return with_children(node, parts) if parts else node
