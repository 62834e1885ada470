"""A plan as a tree: what the parser makes, and everything else reads.

Where a node stands in the text does not count when trees are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

SAY = "say"
FILE_KINDS = {"image": "picture", "audio": "sound", "video": "film", "text": "text"}
"""What given files are called in a plan, as in image1, and what people call them."""
BUILTINS = ("len", "min", "max", "sum", "sorted", "round", "range", "abs", "str")


@dataclass(frozen=True, order=True)
class Position:
    line: int = 1
    column: int = 1


@dataclass(frozen=True)
class Node:
    """Something that stands at a place in the text."""

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
    """Words, and in between the names whose values go there; never two words in a row."""

    parts: tuple[str | Name | Index, ...]


@dataclass(frozen=True)
class Argument:
    """A value given to a call, by name or, where the name is empty, by place."""

    name: str
    value: Expression


@dataclass(frozen=True)
class Call(Node):
    """`function@pin(arguments)`: of a tool, on the model `pin` if there is one, or of a builtin."""

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
    """`left + right` and the other operators of arithmetic"""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class Compare(Node):
    """`operands[0] < operands[1] <= operands[2]`, one operator between each two"""

    operators: tuple[str, ...]
    operands: tuple[Expression, ...]


@dataclass(frozen=True)
class Logic(Node):
    """Operands joined by `and`, or by `or`; those after the first that decides are not computed."""

    operator: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True)
class Choice(Node):
    """`yes if condition else no`; the side that is not taken is not computed."""

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
class Faulty(Node):
    """Stands where a problem was found, so that the rest can still be checked."""


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
    | Choice
    | ListOf
    | Comprehension
    | Faulty
)


@dataclass(frozen=True)
class Assign(Node):
    """`name = value`"""

    name: str
    value: Expression


@dataclass(frozen=True)
class Do(Node):
    """A call whose result gets no name."""

    call: Call


@dataclass(frozen=True)
class Say(Node):
    """`say(value)`: a piece of the answer."""

    value: Expression


@dataclass(frozen=True)
class Branch:
    condition: Expression
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class If(Node):
    """The first branch whose condition holds runs, or `otherwise`; `elif` is a further branch."""

    branches: tuple[Branch, ...]
    otherwise: tuple[Statement, ...] = ()


Statement = Assign | Do | Say | If


@dataclass(frozen=True)
class Plan:
    statements: tuple[Statement, ...]


def children(node: Expression) -> tuple[Expression, ...]:
    """The expressions directly within this one, in the order that gives calls their paths."""
    match node:
        case Literal() | Name() | Faulty():
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
        case Choice(condition, yes, no):
            return (condition, yes, no)
        case ListOf(items):
            return items
        case Comprehension(item, _, source, conditions):
            return (item, *conditions, source)


def with_children(node: Expression, parts: list[Expression]) -> Expression:
    """The expression with other parts, in the order of `children`."""
    match node:
        case Index():
            return replace(node, value=parts[0], index=parts[1])
        case Call(arguments=arguments):
            given = zip(arguments, parts, strict=True)
            return replace(node, arguments=tuple(replace(each, value=part) for each, part in given))
        case Unary():
            return replace(node, operand=parts[0])
        case Binary():
            return replace(node, left=parts[0], right=parts[1])
        case Compare() | Logic():
            return replace(node, operands=tuple(parts))
        case Choice():
            return replace(node, condition=parts[0], yes=parts[1], no=parts[2])
        case ListOf():
            return replace(node, items=tuple(parts))
        case Comprehension():
            item, *conditions, source = parts
            return replace(node, item=item, conditions=tuple(conditions), source=source)
        case _:  # names within a text hold no calls
            return node


def blocks(statement: Statement) -> tuple[tuple[Statement, ...], ...]:
    """The blocks of an `if`, in order; none for any other statement."""
    if isinstance(statement, If):
        return (*(branch.body for branch in statement.branches), statement.otherwise)
    return ()


def walk(statements: tuple[Statement, ...]) -> Iterator[Statement]:
    """Every statement in the order of the text, those within blocks included."""
    for statement in statements:
        yield statement
        for block in blocks(statement):
            yield from walk(block)


def expressions(statement: Statement) -> tuple[Expression, ...]:
    """The expressions of a statement itself, without those of its blocks."""
    match statement:
        case Assign(value=value) | Say(value=value):
            return (value,)
        case Do(call):
            return (call,)
        case If(branches):
            return tuple(branch.condition for branch in branches)


def nodes(plan: Plan) -> Iterator[Expression]:
    """Every expression of the plan, those within others included."""
    left = [each for statement in walk(plan.statements) for each in expressions(statement)]
    while left:
        node = left.pop()
        left += children(node)
        yield node


def names_in(plan: Plan) -> set[str]:
    """The names that the plan refers to, those it gives itself included."""
    return {node.name for node in nodes(plan) if isinstance(node, Name)}


def called_in(plan: Plan) -> set[str]:
    """What the plan calls, by name: tools, named plans and builtins."""
    return {node.function for node in nodes(plan) if isinstance(node, Call)}
