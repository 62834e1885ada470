"""Define the syntax tree of plans.

Comparing trees ignores the positions of nodes in the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

SAY = "say"
FILE_KINDS = {
    "image": "picture",
    "audio": "sound",
    "video": "film",
    "text": "text",
    "document": "document",
}
"""The prefix of a file's name in a plan, as in image1, and the word that people use."""
BUILTINS = ("len", "min", "max", "sum", "sorted", "round", "range", "abs", "str")


@dataclass(frozen=True, order=True)
class Position:
    line: int = 1
    column: int = 1


@dataclass(frozen=True)
class Node:
    """A node with a position in the text."""

    at: Position = field(default=Position(), compare=False, repr=False, kw_only=True)


@dataclass(frozen=True)
class Literal(Node):
    """A number, True, False or None."""

    value: float | bool | None


@dataclass(frozen=True)
class Name(Node):
    name: str


@dataclass(frozen=True)
class Index(Node):
    """`value[index]`"""

    value: Expression
    index: Expression


@dataclass(frozen=True)
class Text(Node):
    """A text literal: words and placeholders, without adjacent runs of words."""

    parts: tuple[str | Name | Index, ...]


@dataclass(frozen=True)
class Argument:
    """An argument of a call; positional if its name is empty."""

    name: str
    value: Expression


@dataclass(frozen=True)
class Call(Node):
    """`function@pin(arguments)`: a call, optionally pinned to a model."""

    function: str
    arguments: tuple[Argument, ...]
    pin: str = ""


@dataclass(frozen=True)
class Unary(Node):
    """`-operand` or `not operand`"""

    operator: str
    operand: Expression


@dataclass(frozen=True)
class Binary(Node):
    """`left + right` and the other arithmetic operators"""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Compare(Node):
    """`operands[0] < operands[1] <= operands[2]`, one operator between two operands"""

    operators: tuple[str, ...]
    operands: tuple[Expression, ...]


@dataclass(frozen=True)
class Logic(Node):
    """Operands joined by `and` or `or`, evaluated with short-circuiting."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True)
class Conditional(Node):
    """`yes if condition else no`; only one side is evaluated."""

    condition: Expression
    yes: Expression
    no: Expression


@dataclass(frozen=True)
class ListOf(Node):
    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Comprehension(Node):
    """`[item for variable in source if condition …]`"""

    item: Expression
    variable: str
    source: Expression
    conditions: tuple[Expression, ...]


@dataclass(frozen=True)
class ErrorNode(Node):
    """A part that could not be parsed; the rest stays checkable."""


Expression = (
    Literal
    | Name
    | Index
    | Text
    | Call
    | Unary
    | Binary
    | Compare
    | Logic
    | Conditional
    | ListOf
    | Comprehension
    | ErrorNode
)


@dataclass(frozen=True)
class Assign(Node):
    """`name = value`"""

    name: str
    value: Expression


@dataclass(frozen=True)
class CallStatement(Node):
    """A call whose result is not assigned."""

    call: Call


@dataclass(frozen=True)
class Say(Node):
    """`say(value)`: a part of the answer."""

    value: Expression


@dataclass(frozen=True)
class Branch:
    condition: Expression
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class If(Node):
    """`if` with its `elif` branches, and the body of `else` in `otherwise`."""

    branches: tuple[Branch, ...]
    otherwise: tuple[Statement, ...] = ()


Statement = Assign | CallStatement | Say | If


@dataclass(frozen=True)
class Plan:
    statements: tuple[Statement, ...]


def children(node: Expression) -> tuple[Expression, ...]:
    """Return the direct subexpressions, in the order that numbers call paths."""
    match node:
        case Literal() | Name() | ErrorNode():
            return ()
        case Text(parts):
            return tuple(part for part in parts if not isinstance(part, str))
        case Index(value, index):
            return (value, index)
        case Call(arguments=arguments):
            return tuple(argument.value for argument in arguments)
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Compare(operands=operands) | Logic(operands=operands):
            return operands
        case Conditional(condition, yes, no):
            return (condition, yes, no)
        case ListOf(items):
            return items
        case Comprehension(item, _, source, conditions):
            return (item, *conditions, source)


def with_children(node: Expression, parts: list[Expression]) -> Expression:
    """Return the expression with other children, in the order of `children`."""
    match node:
        case Index():
            return replace(node, value=parts[0], index=parts[1])
        case Call(arguments=arguments):
            pairs = zip(arguments, parts, strict=True)
            return replace(
                node, arguments=tuple(replace(argument, value=part) for argument, part in pairs)
            )
        case Unary():
            return replace(node, operand=parts[0])
        case Binary():
            return replace(node, left=parts[0], right=parts[1])
        case Compare() | Logic():
            return replace(node, operands=tuple(parts))
        case Conditional():
            return replace(node, condition=parts[0], yes=parts[1], no=parts[2])
        case ListOf():
            return replace(node, items=tuple(parts))
        case Comprehension():
            item, *conditions, source = parts
            return replace(node, item=item, conditions=tuple(conditions), source=source)
        case _:  # placeholders of a text contain no calls
            return node


def blocks(statement: Statement) -> tuple[tuple[Statement, ...], ...]:
    """Return the blocks of an `if`; none for other statements."""
    if isinstance(statement, If):
        return (*(branch.body for branch in statement.branches), statement.otherwise)
    return ()


def walk(statements: tuple[Statement, ...]) -> Iterator[Statement]:
    """Yield every statement in text order, including those in blocks."""
    for statement in statements:
        yield statement
        for block in blocks(statement):
            yield from walk(block)


def expressions(statement: Statement) -> tuple[Expression, ...]:
    """Return the expressions of a statement, without those of its blocks."""
    match statement:
        case Assign(value=value) | Say(value=value):
            return (value,)
        case CallStatement(call):
            return (call,)
        case If(branches):
            return tuple(branch.condition for branch in branches)


def nodes(plan: Plan) -> Iterator[Expression]:
    """Yield every expression of the plan, including nested ones."""
    pending = [root for statement in walk(plan.statements) for root in expressions(statement)]
    while pending:
        node = pending.pop()
        pending += children(node)
        yield node


def names_in(plan: Plan) -> set[str]:
    """Return the names that the plan reads, including those it assigns."""
    return {node.name for node in nodes(plan) if isinstance(node, Name)}


def said_names(plan: Plan) -> set[str]:
    """Return the names that the plan says."""
    says = tuple(statement for statement in walk(plan.statements) if isinstance(statement, Say))
    return names_in(Plan(says))


def callee_names(plan: Plan) -> set[str]:
    """Return the names of all called tools, named plans and builtins."""
    return {node.function for node in nodes(plan) if isinstance(node, Call)}
