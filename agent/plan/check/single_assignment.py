"""Convert a plan to single assignment: rename names that are assigned again.

>>> format_plan(each_name_once(parse("a = depth(image1)\\na = edges(a)\\nsay('{a}')"), ()))
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
    Comprehension,
    Do,
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


def each_name_once(plan: Plan, given: Iterable[str]) -> Plan:
    """Return the plan with every reassigned name renamed from that line on."""
    every = {*given, *(each.name for each in walk(plan.statements) if isinstance(each, Assign))}
    taken = set(given)
    called: dict[str, str] = {}
    statements: list[Statement] = []
    for statement in plan.statements:
        changed = _renamed(statement, called)
        if isinstance(changed, Assign) and changed.name in taken:
            name = changed.name
            called[name] = next(
                new for number in count(2) if (new := f"{name}_{number}") not in every
            )
            every.add(called[name])
            changed = replace(changed, name=called[name])
        statements.append(changed)
        taken |= {each.name for each in walk((changed,)) if isinstance(each, Assign)}
    return Plan(tuple(statements))


def _renamed(statement: Statement, names: _Names) -> Statement:
    """Rename the names that a statement reads, not those it assigns."""
    match statement:
        case Assign(value=value) | Say(value=value):
            return replace(statement, value=_within(value, names))
        case Do(call):
            changed = _within(call, names)
            return replace(statement, call=changed) if isinstance(changed, Call) else statement
        case If(branches, otherwise):
            return replace(
                statement,
                branches=tuple(
                    Branch(
                        _within(branch.condition, names),
                        tuple(_renamed(each, names) for each in branch.body),
                    )
                    for branch in branches
                ),
                otherwise=tuple(_renamed(each, names) for each in otherwise),
            )


def _within(node: Expression, names: _Names) -> Expression:
    match node:
        case Name(name):
            return replace(node, name=names.get(name, name))
        case Text(parts):
            return replace(
                node,
                parts=tuple(
                    part if isinstance(part, str) else _within(part, names) for part in parts
                ),
            )
        case Comprehension(variable=variable):
            names = {old: new for old, new in names.items() if old != variable}
        case _:
            pass
    parts = [_within(child, names) for child in children(node)]
    return with_children(node, parts) if parts else node
