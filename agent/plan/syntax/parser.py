"""Parse the text of a plan: a subset of Python's grammar."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.plan.plan_limits import LIMITS
from agent.plan.problems import PlanError, Problem, shorten
from agent.plan.syntax import tree
from agent.plan.syntax.placeholders import read_placeholders
from agent.plan.syntax.text_guard import count_texts, find_unreadable, replace_bad_escapes
from agent.plan.syntax.tree import ErrorNode, Plan, Position
from agent.plan.syntax.unsupported_syntax import STATEMENTS, refuse_expression, refuse_statement

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.And: "and",
    ast.Or: "or",
    ast.Not: "not",
    ast.USub: "-",
}

_MAX_SYNTAX_ERRORS = 5


@dataclass(frozen=True)
class ParseResult:
    """The parsed part of a plan, and the problems of the rest."""

    plan: Plan
    problems: tuple[Problem, ...]


def parse(text: str) -> Plan:
    """Parse a plan; raise PlanError with every syntax problem."""
    result = parse_partly(text)
    if result.problems:
        raise PlanError(result.problems)
    return result.plan


def parse_partly(text: str) -> ParseResult:
    """Parse a plan; put an `ErrorNode` for each invalid part.

    The rest can then be checked too, so that one error reports every problem.
    """
    text = re.sub(r"\r\n?", "\n", text)
    if unreadable := find_unreadable(text):
        return ParseResult(Plan(()), tuple(unreadable))
    escape_check = replace_bad_escapes(text)
    reader = _TreeBuilder(escape_check.text.split("\n"), escape_check.problems)
    statements = reader.read_plan()
    return ParseResult(Plan(statements), tuple(reader.problems))


class _TreeBuilder:
    def __init__(self, lines: list[str], problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        self._lines = lines
        self._placeholder_lines: set[int] = set()
        self._depth = 0
        self._commands = 0

    def read_plan(self) -> tuple[tree.Statement, ...]:
        module = self._parse_python()
        if module is None:
            return ()
        if not module.body:
            self.problems.append(Problem(1, 1, "the plan is empty", suggestion='say("…")'))
        return self._read_block(module.body)

    def _parse_python(self) -> ast.Module | None:
        """Return Python's tree, with placeholders for invalid lines."""
        lines = list(self._lines)
        for _ in range(_MAX_SYNTAX_ERRORS):
            try:
                return ast.parse("\n".join(lines))
            except (MemoryError, RecursionError):
                self.problems.append(Problem(1, 1, "nested too deeply"))
                return None
            except (SyntaxError, ValueError) as error:
                line = error.lineno if isinstance(error, SyntaxError) else 1
                column = error.offset if isinstance(error, SyntaxError) else 1
                message = error.msg if isinstance(error, SyntaxError) else str(error)
                line = min(max(line or 1, 1), len(lines))
                problem = Problem(line, max(column or 1, 1), message, shorten(lines[line - 1]))
                self.problems.append(problem)
                placeholder = _placeholder_line(lines[line - 1])
                if isinstance(error, IndentationError) or placeholder == lines[line - 1]:
                    return None
                lines[line - 1] = placeholder
                self._placeholder_lines.add(line)
        return None

    def _refuse(
        self, node: ast.AST, message: str, allowed: str = "", suggestion: str = "", actual: str = ""
    ) -> ErrorNode:
        at = self._position(node)
        self.problems.append(Problem(at.line, at.column, message, actual, allowed, suggestion))
        return ErrorNode(at=at)

    def _position(self, node: ast.AST) -> Position:
        line: int = getattr(node, "lineno", 1)
        # Python counts bytes of UTF-8; people count characters.
        before = self._lines[line - 1].encode()[: getattr(node, "col_offset", 0)]
        return Position(line, len(before.decode(errors="ignore")) + 1)

    def _source(self, node: ast.expr) -> str:
        if node.end_lineno != node.lineno:
            return ast.get_source_segment("\n".join(self._lines), node) or ""
        line = self._lines[node.lineno - 1].encode()[node.col_offset : node.end_col_offset]
        return line.decode(errors="ignore")

    def _quote(self, node: ast.stmt | ast.expr) -> str:
        """Return the source of the node, or its first line."""
        end = node.end_col_offset if node.end_lineno == node.lineno else None
        line = self._lines[node.lineno - 1].encode()[node.col_offset : end]
        return shorten(line.decode(errors="ignore"))

    def _read_block(self, nodes: Sequence[ast.stmt]) -> tuple[tree.Statement, ...]:
        statements: list[tree.Statement] = []
        for node in nodes:
            self._commands += 1
            if self._commands == LIMITS.commands + 1:
                self._refuse(node, "too many commands", allowed=f"{LIMITS.commands}")
            statements += self._read_statement(node)
        return tuple(statements)

    def _read_statement(self, node: ast.stmt) -> list[tree.Statement]:
        at = self._position(node)
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                return [tree.Assign(name, self._read(value), at=at)]
            case ast.Expr(value=ast.Call(func=ast.Name(id=tree.SAY)) as call):
                return [tree.Say(self._read_say(call), at=at)]
            case ast.Expr(value=ast.Call() | ast.BinOp(op=ast.MatMult()) as value):
                call = self._read(value)
                return [tree.CallStatement(call, at=at)] if isinstance(call, tree.Call) else []
            case ast.If():
                return [self._read_if(node, at)]
            case ast.Expr(value=ast.Constant(value=value)) if (
                value is ... and at.line in self._placeholder_lines
            ):
                return []
            case ast.Expr(value=value):
                problem_count = len(self.problems)
                self._read(value)
                if len(self.problems) == problem_count:
                    suggestion = f"say({self._quote(value)})"
                    self._refuse(value, "a line that does nothing", STATEMENTS, suggestion)
                return []
            case _:
                return self._refuse_statement(node)

    def _refuse_statement(self, node: ast.stmt) -> list[tree.Statement]:
        refusal = refuse_statement(node)
        self._refuse(
            node,
            refusal.message,
            refusal.allowed,
            refusal.suggestion,
            self._quote(node).split(":")[0],
        )
        # Assign the names anyway, so that their uses are not reported as unknown names.
        assigned = {
            name.id: self._position(name)
            for name in ast.walk(node)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        }
        if isinstance(node, ast.AugAssign):
            return []
        return [tree.Assign(name, ErrorNode(at=at), at=at) for name, at in assigned.items()]

    def _read_if(self, node: ast.If, at: Position) -> tree.Statement:
        branches: list[tree.Branch] = []
        rest: list[ast.stmt] = [node]
        self._depth += 1
        if self._depth > LIMITS.depth:
            self._refuse(node, "nested too deeply", allowed=f"{LIMITS.depth} blocks")
            rest = []
        while len(rest) == 1 and isinstance(rest[0], ast.If):
            branch = rest[0]
            branches.append(tree.Branch(self._read(branch.test), self._read_block(branch.body)))
            rest = branch.orelse
        otherwise = self._read_block(rest)
        self._depth -= 1
        return tree.If(tuple(branches), otherwise, at=at)

    def _read_say(self, call: ast.Call) -> tree.Expression:
        if len(call.args) != 1 or call.keywords or isinstance(call.args[0], ast.Starred):
            suggestion = 'say("words with a {name} in them")'
            return self._refuse(call, "say takes one text", suggestion=suggestion)
        return self._read(call.args[0])

    def _read(self, node: ast.expr) -> tree.Expression:
        if self._depth >= LIMITS.depth:
            allowed = f"{LIMITS.depth} levels"
            return self._refuse(node, "nested too deeply", allowed, "a name for a part of it")
        self._depth += 1
        expression = self._read_expression(node, self._position(node))
        self._depth -= 1
        return expression

    def _read_all(self, nodes: Sequence[ast.expr]) -> tuple[tree.Expression, ...]:
        return tuple(self._read(node) for node in nodes)

    def _read_expression(self, node: ast.expr, at: Position) -> tree.Expression:
        match node:
            case ast.Constant(value=str(value)):
                return self._read_text(node, [value])
            case ast.JoinedStr(values=values):
                return self._read_text(node, values)
            case ast.Constant(value=value):
                return self._read_literal(node, value)
            case ast.Name(id=name):
                return tree.Name(name, at=at)
            case ast.Call(func=ast.Name(id=name)):
                return tree.Call(name, self._read_arguments(node), at=at)
            case ast.BinOp(ast.Name(id=name), ast.MatMult(), ast.Call(ast.Name(id=pin)) as call):
                return tree.Call(name, self._read_arguments(call), pin, at=at)
            case ast.BinOp(op=ast.MatMult()):
                allowed = "(tool@model(argument)), in its own brackets"
                return self._refuse(node, "@ names the model of a call", allowed)
            case ast.BinOp(left, operator, right) if type(operator) in _OPERATORS:
                sides = self._read(left), self._read(right)
                return tree.Binary(_OPERATORS[type(operator)], *sides, at=at)
            case ast.UnaryOp(operator, operand) if type(operator) in _OPERATORS:
                return _negate(_OPERATORS[type(operator)], self._read(operand), at)
            case ast.BoolOp(operator, values):
                return tree.Logic(_OPERATORS[type(operator)], self._read_all(values), at=at)
            case ast.Compare(left, operators, others) if all(
                type(operator) in _OPERATORS for operator in operators
            ):
                names = tuple(_OPERATORS[type(operator)] for operator in operators)
                return tree.Compare(names, self._read_all([left, *others]), at=at)
            case ast.IfExp(test, yes, no):
                return tree.Conditional(self._read(test), self._read(yes), self._read(no), at=at)
            case ast.Subscript(value=value, slice=index) if not isinstance(index, ast.Slice):
                return tree.Index(self._read(value), self._read(index), at=at)
            case ast.List(elts=items):
                return tree.ListOf(self._read_all(items), at=at)
            case (
                ast.ListComp(elt=item, generators=[loop])
                | ast.GeneratorExp(elt=item, generators=[loop])
            ) if isinstance(loop.target, ast.Name) and not loop.is_async:
                parts = self._read(item), loop.target.id, self._read(loop.iter)
                return tree.Comprehension(*parts, self._read_all(loop.ifs), at=at)
            case _:
                return self._refuse_expression(node)

    def _read_literal(self, node: ast.expr, value: object) -> tree.Expression:
        at = self._position(node)
        if value is ... and at.line in self._placeholder_lines:
            return ErrorNode(at=at)
        if value is None or isinstance(value, bool):
            return tree.Literal(value, at=at)
        if not isinstance(value, int | float):
            allowed = "texts, numbers, True, False, None"
            return self._refuse(node, "unsupported value", allowed)
        if abs(value) >= LIMITS.number:
            allowed = f"less than {LIMITS.number}"
            return self._refuse(node, "the number is too large", allowed)
        return tree.Literal(value, at=at)

    def _read_text(self, node: ast.expr, values: Sequence[str | ast.expr]) -> tree.Expression:
        at = self._position(node)
        if isinstance(node, ast.JoinedStr) and count_texts(self._source(node)) > 1:
            # Python has joined them: which braces belong to an f"…" is no longer known.
            return self._refuse(node, "one text at a time", suggestion='"{first} {second}"')
        parts: list[str | tree.Name | tree.Index] = []
        for value in values:
            match value:
                case str():
                    placeholders = read_placeholders(value, at)
                    parts += placeholders.parts
                    self.problems += placeholders.problems
                case ast.Constant(value=str(words)):
                    parts.append(words)
                case ast.FormattedValue(
                    value=ast.Name() | ast.Subscript() as inner, conversion=-1, format_spec=None
                ):
                    placeholders = read_placeholders(f"{{{ast.unparse(inner)}}}", at)
                    parts += placeholders.parts
                    self.problems += placeholders.problems
                case _:
                    suggestion = "value = round(…, 2) on a line before, then {value}"
                    self._refuse(node, "only a name is allowed in braces", "", suggestion)
        words = "".join(part for part in parts if isinstance(part, str))
        if len(words) > LIMITS.text_characters:
            allowed = f"{LIMITS.text_characters} characters"
            return self._refuse(node, "the text is too long", allowed, actual=f"{len(words)}")
        if any("\ud800" <= character <= "\udfff" for character in words):
            message = "the text contains an incomplete character"
            return self._refuse(node, message, actual=ascii(words)[:60])
        return tree.Text(tuple(parts), at=at)

    def _read_arguments(self, call: ast.Call) -> tuple[tree.Argument, ...]:
        arguments: list[tree.Argument] = []
        for value in call.args:
            if isinstance(value, ast.Starred):
                self._refuse(
                    value, "arguments are written one by one", suggestion="leave the * out"
                )
                continue
            arguments.append(tree.Argument("", self._read(value)))
        for keyword in call.keywords:
            if keyword.arg is None:
                self._refuse(keyword.value, "arguments are written one by one")
                continue
            arguments.append(tree.Argument(keyword.arg, self._read(keyword.value)))
        return tuple(arguments)

    def _refuse_expression(self, node: ast.expr) -> ErrorNode:
        refusal = refuse_expression(node)
        return self._refuse(
            node, refusal.message, refusal.allowed, refusal.suggestion, self._quote(node)
        )


def _negate(operator: str, operand: tree.Expression, at: Position) -> tree.Expression:
    number = operand.value if isinstance(operand, tree.Literal) else None
    if operator == "-" and number is not None and not isinstance(number, bool):
        return tree.Literal(-number, at=at)
    return tree.Unary(operator, operand, at=at)


def _placeholder_line(line: str) -> str:
    """Return a valid line with an invalid line's indentation and name."""
    match = re.match(r"(\s*)(?:(if|elif|else)\b|(\w+) *=(?!=))?", line)
    indent, block, name = match.groups() if match else ("", None, None)
    if block:
        return f"{indent}{block}:" if block == "else" else f"{indent}{block} ...:"
    return f"{indent}{name} = ..." if name and name.isidentifier() else f"{indent}..."
