"""Format a tree as text that parses to the same tree."""

from __future__ import annotations

from agent.plan.syntax.tree import (
    SAY,
    Argument,
    Assign,
    Binary,
    Call,
    CallStatement,
    Compare,
    Comprehension,
    Conditional,
    ErrorNode,
    Expression,
    If,
    Index,
    ListOf,
    Literal,
    Logic,
    Name,
    Plan,
    Say,
    Statement,
    Text,
    Unary,
)

_INDENT = "    "

# Precedence of the operators. An operand of lower precedence than its position needs gets brackets.
_CONDITIONAL, _OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _NEGATIVE, _POWER, _ATOM = range(10)
_PRECEDENCE = {
    "or": _OR,
    "and": _AND,
    "not": _NOT,
    "+": _SUM,
    "-": _SUM,
    "*": _PRODUCT,
    "/": _PRODUCT,
    "//": _PRODUCT,
    "%": _PRODUCT,
    "**": _POWER,
}


def format_plan(plan: Plan) -> str:
    """Return the plan as text, one command per line."""
    return "".join(line + "\n" for line in _format_block(plan.statements))


def _format_block(statements: tuple[Statement, ...]) -> list[str]:
    lines: list[str] = []
    for statement in statements:
        lines += _format_if(statement) if isinstance(statement, If) else [headline(statement)]
    return lines


def _format_if(statement: If) -> list[str]:
    lines: list[str] = []
    for number, branch in enumerate(statement.branches):
        lines.append(f"{'elif' if number else 'if'} {format_expression(branch.condition)}:")
        lines += [_INDENT + line for line in _format_block(branch.body)]
    if statement.otherwise:
        lines.append("else:")
        lines += [_INDENT + line for line in _format_block(statement.otherwise)]
    return lines


def headline(statement: Statement) -> str:
    """Return a statement's first line: all of it unless an `if`."""
    match statement:
        case Assign(name, value):
            return f"{name} = {format_expression(value)}"
        case CallStatement(call):
            return format_expression(call)
        case Say(value):
            return f"{SAY}({format_expression(value)})"
        case If(branches):
            return f"if {format_expression(branches[0].condition)}:"


def format_expression(node: Expression) -> str:
    return _format(node, _CONDITIONAL)


def _format(node: Expression, minimum: int) -> str:
    text, precedence = _write(node)
    return f"({text})" if precedence < minimum else text


def _write(node: Expression) -> tuple[str, int]:
    """Return the text of an expression and its precedence."""
    match node:
        case Literal(value):
            negative = not isinstance(value, bool | None) and repr(value).startswith("-")
            return repr(value), _NEGATIVE if negative else _ATOM
        case Name(name):
            return name, _ATOM
        case Text(parts):
            return f'"{"".join(_write_part(part) for part in parts)}"', _ATOM
        case Index(value, index):
            return f"{_format(value, _ATOM)}[{format_expression(index)}]", _ATOM
        case Call(function, arguments, pin):
            arguments_text = ", ".join(_write_argument(argument) for argument in arguments)
            # Python reads `tool @ model(…)` as a product.
            return (
                (f"{function}@{pin}({arguments_text})", _CONDITIONAL)
                if pin
                else (
                    f"{function}({arguments_text})",
                    _ATOM,
                )
            )
        case Unary("not", operand):
            return f"not {_format(operand, _NOT)}", _NOT
        case Unary(operator, operand):
            return f"{operator}{_format(operand, _NEGATIVE)}", _NEGATIVE
        case Binary("**", left, right):
            return f"{_format(left, _ATOM)} ** {_format(right, _NEGATIVE)}", _POWER
        case Binary(operator, left, right):
            precedence = _PRECEDENCE[operator]
            return (
                f"{_format(left, precedence)} {operator} {_format(right, precedence + 1)}",
                precedence,
            )
        case Compare(operators, operands):
            sides = [_format(operand, _COMPARE + 1) for operand in operands]
            rest = (
                f" {operator} {side}" for operator, side in zip(operators, sides[1:], strict=True)
            )
            return sides[0] + "".join(rest), _COMPARE
        case Logic(operator, operands):
            precedence = _PRECEDENCE[operator]
            sides = (_format(operand, precedence + 1) for operand in operands)
            return f" {operator} ".join(sides), precedence
        case Conditional(condition, yes, no):
            sides = _format(yes, _OR), _format(condition, _OR), _format(no, _CONDITIONAL)
            return "{} if {} else {}".format(*sides), _CONDITIONAL
        case ListOf(items):
            return f"[{', '.join(format_expression(item) for item in items)}]", _ATOM
        case Comprehension(item, variable, source, conditions):
            loop = f"{format_expression(item)} for {variable} in {_format(source, _OR)}"
            filters = (f" if {_format(condition, _OR)}" for condition in conditions)
            return f"[{loop}{''.join(filters)}]", _ATOM
        case ErrorNode():
            return "...", _ATOM


def _write_argument(argument: Argument) -> str:
    value = format_expression(argument.value)
    return f"{argument.name}={value}" if argument.name else value


def _write_part(part: str | Name | Index) -> str:
    if not isinstance(part, str):
        return f"{{{format_expression(part)}}}"
    return "".join(_ESCAPES.get(character) or _escape(character) for character in part)


_ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "\n": "\\n",
    "\t": "\\t",
    "\r": "\\r",
    "{": "{{",
    "}": "}}",
}


def _escape(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )
