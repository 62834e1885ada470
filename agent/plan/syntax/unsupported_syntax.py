"""Explain unsupported Python syntax and what to write instead."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

STATEMENTS = "name = …, a call of a tool, say(…), if/elif/else"


@dataclass(frozen=True)
class SyntaxRefusal:
    message: str
    allowed: str = ""
    suggestion: str = ""


def refuse_statement(node: ast.stmt) -> SyntaxRefusal:
    match node:
        case ast.AugAssign(target=ast.Name(id=name)):
            suggestion = f"a new name: new_{name} = {name} …"
            return SyntaxRefusal("a name is assigned only once", suggestion=suggestion)
        case ast.For() | ast.AsyncFor() | ast.While():
            suggestion = "a list: results = [tool(item) for item in items]"
            return SyntaxRefusal("loops are not part of plans", STATEMENTS, suggestion)
        case ast.Assign() | ast.AnnAssign():
            return SyntaxRefusal("assign one value to one new name", "name = value")
        case ast.Pass():
            return SyntaxRefusal("a line that does nothing", STATEMENTS, "leave it out")
        case _:
            return SyntaxRefusal(f"{_describe_node(node)} is not part of plans", STATEMENTS)


def refuse_expression(node: ast.expr) -> SyntaxRefusal:
    match node:
        case ast.Attribute(attr=name):
            suggestion = f"{name}(…), if there is such a tool"
            return SyntaxRefusal("values have no attributes", suggestion=suggestion)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=value), attr=name)):
            return SyntaxRefusal(
                "a call is written as tool(argument)", suggestion=f"{name}({value})"
            )
        case ast.Call():
            return SyntaxRefusal("a call is written as tool(argument)")
        case ast.Compare():
            return SyntaxRefusal("plans have no operator is", "== and !=")
        case ast.Subscript():
            return SyntaxRefusal("slices are not part of plans", "value[0], value[-1]")
        case ast.Tuple() | ast.Set():
            return SyntaxRefusal("tuples and sets are not part of plans", "[first, second]")
        case ast.ListComp() | ast.GeneratorExp():
            allowed = "[tool(x) for x in values if …]"
            return SyntaxRefusal("a list has a single for with a single name", allowed)
        case ast.UnaryOp() | ast.BinOp():
            return SyntaxRefusal("unsupported operator", "+ - * / // % **, not")
        case _:
            return SyntaxRefusal(f"{_describe_node(node)} is not part of plans")


def _describe_node(node: ast.AST) -> str:
    """Return the node's class name in words: `FunctionDef` as "function def"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node).__name__).lower()
