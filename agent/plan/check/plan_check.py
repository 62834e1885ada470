"""Check every name, argument and type of a plan before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agent.plan.check.scope import Scope, without_choices
from agent.plan.check.single_assignment import to_single_assignment
from agent.plan.check.suggestions import Tools
from agent.plan.check.type_inference import Pins, TypeInference
from agent.plan.check.unsupported_claims import find_unsupported_claim
from agent.plan.plan_limits import LIMITS
from agent.plan.problems import PlanError, Problem
from agent.plan.syntax.formatter import format_plan
from agent.plan.syntax.parser import parse, parse_partly
from agent.plan.syntax.tree import (
    BUILTINS,
    Assign,
    CallStatement,
    ErrorNode,
    If,
    Plan,
    Say,
    Statement,
    Text,
    blocks,
    callee_names,
    walk,
)
from tools.sdk.plan_types import Type


@dataclass(frozen=True)
class CheckedPlan:
    """A plan that can run, with the types of its names."""

    plan: Plan
    tools: Tools
    """The tools it calls."""
    names: Mapping[str, Type]
    """Its inputs: files and results of earlier turns."""
    types: Mapping[str, Type]
    """The types of all names, including its inputs."""

    @property
    def text(self) -> str:
        return format_plan(self.plan)


def read_plan(
    text: str, tools: Tools, names: Mapping[str, Type], *, pins: Pins | None = None
) -> CheckedPlan:
    """Parse and check a plan; raise PlanError with every problem."""
    parsed = parse_partly(text)
    return check_parsed(parsed.plan, tools, names, pins, parsed.problems)


def read_unchecked(text: str, tools: Tools, names: Mapping[str, Type]) -> CheckedPlan:
    """Parse a plan and accept it with all its problems; it fails when it runs."""
    plan = to_single_assignment(parse(text), names)
    try:
        return check(plan, tools, names)
    except PlanError:
        used_tools = {name: tools[name] for name in sorted(callee_names(plan) & tools.keys())}
        return CheckedPlan(plan, used_tools, dict(names), dict(names))


def read_draft(
    text: str,
    tools: Tools,
    names: Mapping[str, Type],
    *,
    pins: Pins | None = None,
    request: str = "",
    descriptions: Mapping[str, str] | None = None,
) -> CheckedPlan:
    """Read a language model's plan; rename names that it assigns again.

    With the request, a plan is refused that says something about a file without a tool's result.
    `descriptions` are what the model was told of the names.
    """
    parsed = parse_partly(text)
    claim = find_unsupported_claim(parsed.plan, names, request, descriptions) if request else None
    problems = (*parsed.problems, claim) if claim else parsed.problems
    return check_parsed(to_single_assignment(parsed.plan, names), tools, names, pins, problems)


def check(
    plan: Plan, tools: Tools, names: Mapping[str, Type], *, pins: Pins | None = None
) -> CheckedPlan:
    """Check a plan; raise PlanError with every problem.

    `pins` are the models that calls of each tool may name; without it any name is accepted.
    """
    return check_parsed(plan, tools, names, pins, ())


def check_parsed(
    plan: Plan,
    tools: Tools,
    names: Mapping[str, Type],
    pins: Pins | None,
    problems: tuple[Problem, ...],
) -> CheckedPlan:
    """Check a plan with the problems of its parsing; raise PlanError with all of them."""
    typing = TypeInference(tools, pins, _first_lines(plan.statements))
    checker = _Checker(typing)
    checker.check_block(plan.statements, Scope(dict(names)))
    if typing.calls > LIMITS.calls:
        problem = Problem(1, 1, "too many calls", f"{typing.calls}", f"{LIMITS.calls}")
        typing.problems.append(problem)
    if problems or typing.problems:
        raise PlanError([*problems, *typing.problems])
    used_tools = {name: tools[name] for name in sorted(typing.used_tools)}
    return CheckedPlan(plan, used_tools, dict(names), {**names, **checker.types})


class _Checker:
    def __init__(self, typing: TypeInference) -> None:
        self.types: dict[str, Type] = {}
        self._typing = typing

    def check_block(self, statements: tuple[Statement, ...], scope: Scope) -> None:
        for statement in statements:
            self._check_statement(statement, scope)

    def _check_statement(self, statement: Statement, scope: Scope) -> None:
        typing = self._typing
        match statement:
            case Assign(name, value):
                kind = without_choices(typing.type_of(value, scope))
                # The intent of a line that could not be parsed is unknown: skip its checks.
                if not isinstance(value, ErrorNode):
                    typing.check_new_name(name, statement.at, scope)
                scope.lines.setdefault(name, statement.at.line)
                scope.types.setdefault(name, kind)
                self.types[name] = kind
            case CallStatement(call):
                typing.type_of(call, scope)
                if call.function in BUILTINS:
                    typing.add_problem(call.at, "a line that does nothing", "", "", "name = …")
            case Say(Text() as text):
                typing.check_text(text, scope, in_say=True)
            case Say(value):
                typing.type_of(value, scope)
            case If():
                self._check_if(statement, scope)

    def _check_if(self, statement: If, scope: Scope) -> None:
        branch_scopes: list[Scope] = []
        for branch in statement.branches:
            self._typing.check_condition(branch.condition, scope)
        for block in blocks(statement):
            inner = scope.copy()
            self.check_block(block, inner)
            branch_scopes.append(inner)
        for name, kinds in scope.merge(branch_scopes).items():
            self._typing.add_problem(
                statement.at,
                f"{name} has different types after this if",
                " and ".join(str(kind) for kind in kinds),
                "one type in every branch",
                "different names",
            )
        self.types |= {name: kind for name, kind in scope.types.items() if name in self.types}


def _first_lines(statements: tuple[Statement, ...]) -> dict[str, int]:
    """Return the line of each name's first assignment."""
    lines: dict[str, int] = {}
    for statement in walk(statements):
        if isinstance(statement, Assign):
            lines.setdefault(statement.name, statement.at.line)
    return lines
