"""Read a named plan: description, inputs, then commands.

    \"\"\"Say how many things of a kind a picture shows.

    >>> people = count_all(photo)
    \"\"\"
    image: Image
    label: Text = "person"

    n = count(detect(image), label)
    result = "{n} × {label}"

Types are written as in signatures; the plan returns `result`, and its text `remark`, if any,
joins the answer. The header is parsed, like the rest of a plan, and never executed.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TypeGuard

from agent.plan.check.named_plan import REMARK, RESULT, NamedPlan
from agent.plan.check.plan_check import read_plan
from agent.plan.check.suggestions import Tools
from agent.plan.plan_steps import commands
from agent.plan.problems import PlanError, Problem, close_matches, shorten
from agent.plan.syntax.parser import parse
from agent.plan.syntax.text_guard import find_unreadable, replace_bad_escapes
from agent.plan.syntax.tree import SAY, Assign, Plan, Say, Statement, walk
from tools.sdk.plan_types import MEDIA_CLASSES, TEXT, Type, Value, accepts, list_of, type_of_value
from tools.sdk.tool import Parameter

_TYPES = {*MEDIA_CLASSES, "Region", "Text", "Number", "Integer", "Boolean"}
_INPUT = 'name: Type, as in "image: Image" or "label: Text = \\"person\\""'


def read_named_plan(name: str, text: str, tools: Tools, source: str) -> NamedPlan:
    """Read a named plan; raise PlanError with every problem."""
    text = re.sub(r"\r\n?", "\n", text)
    module = _parse(text)
    documentation = ast.get_docstring(module) or ""
    description, _, rest = documentation.partition("\n")
    if not description.strip():
        suggestion = '"""Say what is in a picture."""'
        raise PlanError([Problem(1, 1, "no description in the first line", "", "", suggestion)])
    inputs = _inputs(module)
    parameters = _read_parameters(inputs)
    # Keep the line numbers of the file, so that problems refer to them.
    header = max(node.end_lineno or 1 for node in [module.body[0], *inputs])
    commands_text = "\n" * header + "\n".join(text.split("\n")[header:])
    names = {parameter.name: parameter.type for parameter in parameters}
    plan = parse(commands_text)
    _check_result(plan)
    # `say` the result for this check only: it finds branches that do not assign it.
    checked = read_plan(f"{commands_text}\n{SAY}({RESULT})", tools, names)
    _check_remark(plan, checked.types.get(REMARK, TEXT))
    body = replace(checked, plan=plan)
    return NamedPlan(
        name=name,
        description=description.strip(),
        examples=tuple(
            line.strip().removeprefix(">>>").strip()
            for line in rest.splitlines()
            if line.strip().startswith(">>>")
        ),
        parameters=tuple(parameters),
        returns=checked.types[RESULT],
        body=body,
        calls=len(commands(body)),
        source=source,
        text=text,
    )


def _parse(text: str) -> ast.Module:
    if unreadable := find_unreadable(text):
        raise PlanError(unreadable)
    try:
        return ast.parse(replace_bad_escapes(text).text)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        line = error.lineno if isinstance(error, SyntaxError) else 1
        message = error.msg if isinstance(error, SyntaxError) else "cannot be read"
        actual = shorten(text.split("\n")[(line or 1) - 1])
        raise PlanError([Problem(line or 1, 1, message, actual)]) from error


def _inputs(module: ast.Module) -> list[ast.AnnAssign]:
    """Return the declarations between the docstring and the first command."""
    inputs: list[ast.AnnAssign] = []
    for node in module.body[1:]:
        if not isinstance(node, ast.AnnAssign):
            break
        inputs.append(node)
    return inputs


def _read_parameters(inputs: list[ast.AnnAssign]) -> list[Parameter]:
    problems: list[Problem] = []
    parameters: list[Parameter] = []
    for node in inputs:
        at = node.lineno, node.col_offset + 1
        kind = _read_type(node.annotation)
        if not isinstance(node.target, ast.Name):
            problems.append(Problem(*at, "not an input", ast.unparse(node), _INPUT))
            continue
        name = node.target.id
        if kind is None:
            actual = ast.unparse(node.annotation)
            allowed = ", ".join(sorted(_TYPES)) + ", list[Image], Region | None"
            problems.append(
                Problem(*at, "not a type", actual, allowed, close_matches(actual, _TYPES))
            )
            continue
        if name in (parameter.name for parameter in parameters):
            problems.append(Problem(*at, f"{name} is an input twice"))
        default: Value = None
        if node.value is not None:
            constant: object = node.value.value if isinstance(node.value, ast.Constant) else ...
            if _fits(constant, kind):
                default = constant
            else:
                actual = ast.unparse(node.value)
                message = f"{name} cannot have this default"
                problems.append(Problem(*at, message, actual, str(kind)))
        elif any(not each.required for each in parameters):
            message = f"{name} has no default but follows an input with one"
            problems.append(Problem(*at, message))
        parameters.append(Parameter(name, kind, node.value is None, default))
    if problems:
        raise PlanError(problems)
    return parameters


def _fits(value: object, kind: Type) -> TypeGuard[str | float | bool | None]:
    is_constant = isinstance(value, str | int | float | bool | None)
    return is_constant and accepts(kind, type_of_value(value))


def _read_type(node: ast.expr) -> Type | None:
    match node:
        case ast.Name(id=name) if name in _TYPES:
            return Type(name)
        case ast.Subscript(value=ast.Name(id="list"), slice=item):
            inner = _read_type(item)
            return list_of(inner) if inner else None
        case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Constant(value=None)):
            inner = _read_type(left)
            return replace(inner, optional=True) if inner else None
        case _:
            return None


def _check_result(plan: Plan) -> None:
    statements = list(walk(plan.statements))
    problems = [
        Problem(
            *_line_and_column(statement), "a named plan cannot use say", "", "", f"{RESULT} = …"
        )
        for statement in statements
        if isinstance(statement, Say)
    ]
    if not any(isinstance(each, Assign) and each.name == RESULT for each in statements):
        message = f"the plan assigns no {RESULT}"
        problems.append(
            Problem(*_line_and_column(statements[-1]), message, "", "", f"{RESULT} = …")
        )
    if problems:
        raise PlanError(problems)


def _check_remark(plan: Plan, kind: Type) -> None:
    if accepts(TEXT, kind):
        return
    assigns = (each for each in walk(plan.statements) if isinstance(each, Assign))
    at = next(_line_and_column(each) for each in assigns if each.name == REMARK)
    problem = Problem(*at, f"{REMARK} is added to the answer", str(kind), str(TEXT))
    raise PlanError([problem])


def _line_and_column(statement: Statement) -> tuple[int, int]:
    return statement.at.line, statement.at.column
