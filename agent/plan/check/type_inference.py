"""Infer the type of every expression, and report those that have none."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from agent.plan.check.named_plan import Callee, NamedPlan
from agent.plan.check.scope import Scope, show_recent_names, without_choices
from agent.plan.check.suggestions import Tools, ask_for_file, suggest_tool, suggest_value
from agent.plan.check.typing_rules import (
    ACCEPTED_VALUES,
    ARGUMENT_COUNTS,
    can_compare,
    result_of_arithmetic,
    result_of_builtin,
    type_of_literal,
)
from agent.plan.plan_limits import LIMITS
from agent.plan.problems import Problem, close_matches, shorten
from agent.plan.syntax.formatter import format_expression
from agent.plan.syntax.tree import (
    BUILTINS,
    FILE_KINDS,
    SAY,
    Argument,
    Binary,
    Call,
    Compare,
    Comprehension,
    Conditional,
    ErrorNode,
    Expression,
    Index,
    ListOf,
    Literal,
    Logic,
    Name,
    Position,
    Text,
    Unary,
    children,
)
from agent.plan.value_text import has_text_form
from tools.sdk.plan_types import (
    ANY,
    BOOLEAN,
    TEXT,
    Type,
    accepts,
    common_type,
    element_of,
    list_of,
    required,
)
from tools.sdk.tool import SEED, Parameter

Pins = Mapping[str, Collection[str]]

_FILE_NAME = re.compile(rf"({'|'.join(FILE_KINDS)})\d+")
_CONDITION_TYPES = {"Boolean", "Integer", "Number", "Text", "Boxes", "None", "Any"}


class TypeInference:
    """Infer the types of expressions and collect every problem."""

    def __init__(self, tools: Tools, pins: Pins | None, lines: Mapping[str, int]) -> None:
        self.problems: list[Problem] = []
        self.used_tools: set[str] = set()
        self.calls = 0
        self._tools = tools
        self._pins = pins
        self._lines = lines

    def add_problem(
        self, at: Position, message: str, actual: str = "", allowed: str = "", suggestion: str = ""
    ) -> Type:
        """Add a problem; return `Any`, which causes no further ones."""
        self.problems.append(Problem(at.line, at.column, message, actual, allowed, suggestion))
        return ANY

    def type_of(self, node: Expression, scope: Scope) -> Type:
        match node:
            case ErrorNode():
                return ANY
            case Literal(value):
                return type_of_literal(value)
            case Text():
                self.check_text(node, scope)
                words = tuple(part for part in node.parts if isinstance(part, str))
                is_constant = words == node.parts
                return replace(TEXT, choices=("".join(words),)) if is_constant else TEXT
            case Name():
                return self._type_of_name(node, scope)
            case Call(function) if function in BUILTINS:
                return self._type_of_builtin(node, scope)
            case Call():
                return self._type_of_call(node, scope)
            case Unary("not", operand):
                self.check_condition(operand, scope)
                return BOOLEAN
            case Unary(operand=operand):
                operand_type = required(self.type_of(operand, scope))
                if operand_type.name in ("Integer", "Number", "Any"):
                    return operand_type
                return self.add_problem(
                    node.at, "- needs a number", self._describe(operand, operand_type)
                )
            case Binary():
                return self._type_of_binary(node, scope)
            case Compare():
                self._check_comparison(node, scope)
                return BOOLEAN
            case Logic(_, operands):
                kinds = [self.type_of(operand, scope) for operand in operands]
                for operand, kind in zip(operands, kinds, strict=True):
                    self._check_condition_type(operand, kind)
                return self._common_type(kinds, node, "both sides of and/or are of one type")
            case Conditional(condition, yes, no):
                self.check_condition(condition, scope)
                kinds = [self.type_of(yes, scope), self.type_of(no, scope)]
                return self._common_type(kinds, node, "both sides of if/else are of one type")
            case Index():
                return self._type_of_item(node, scope)
            case ListOf(items):
                return self._type_of_list(items, node, scope)
            case Comprehension():
                return self._type_of_comprehension(node, scope)

    def check_text(self, text: Text, scope: Scope, *, in_say: bool = False) -> None:
        """Check placeholders: outside of `say` values need a text form."""
        for part in text.parts:
            if isinstance(part, str):
                continue
            kind = self.type_of(part, scope)
            if in_say or has_text_form(kind):
                continue
            part_text = format_expression(part)
            suggestion = suggest_value(TEXT, kind, part_text, {}, self._tools)
            self.add_problem(
                part.at,
                "this has no text form",
                self._describe(part, kind),
                "texts, numbers, boxes, tables and lists of them",
                suggestion or f"an argument of its own for {part_text}",
            )

    def check_condition(self, node: Expression, scope: Scope) -> None:
        if isinstance(node, Logic):
            for operand in node.operands:
                self.check_condition(operand, scope)
        else:
            self._check_condition_type(node, self.type_of(node, scope))

    def _check_condition_type(self, node: Expression, kind: Type) -> None:
        if kind.name not in _CONDITION_TYPES and not kind.item and not kind.optional:
            allowed = "a comparison, a number, a text or a list"
            self.add_problem(
                node.at, "this is neither true nor false", self._describe(node, kind), allowed
            )

    def check_new_name(self, name: str, at: Position, scope: Scope) -> None:
        if name in BUILTINS or name == SAY or name in self._tools:
            message = "the name of a tool or a builtin"
            self.add_problem(at, message, repr(name), "", f"new_{name}")
        elif name.startswith("_") or len(name) > LIMITS.name_characters:
            self.add_problem(at, "not a name for a result", repr(shorten(name)), "apples, picture2")
        elif name not in scope.types and (file := re.fullmatch(_FILE_NAME, name)):
            self.add_problem(
                at, f"{name} is a file that was not given", "", "", ask_for_file(file[1])
            )
        elif name in scope.types or name in scope.lines:
            where = f"assigned on line {scope.lines[name]}" if name in scope.lines else "an input"
            message = f"a name is assigned only once, and {name} is {where}"
            self.add_problem(at, message, "", "", f"new_{name}")

    def _describe(self, node: Expression, kind: Type) -> str:
        return f"{shorten(format_expression(node))} ({without_choices(kind)})"

    def _common_type(self, kinds: list[Type], node: Expression, allowed: str) -> Type:
        common = kinds[0]
        for kind in kinds[1:]:
            wider = common_type(common, kind)
            if not wider:
                actual = " and ".join(str(without_choices(kind)) for kind in kinds)
                return self.add_problem(node.at, "these have no common type", actual, allowed)
            common = wider
        return common

    def _type_of_name(self, node: Name, scope: Scope) -> Type:
        name = node.name
        if name in scope.types:
            return scope.types[name]
        if name in self._tools or name in BUILTINS:
            return self.add_problem(node.at, f"{name} is a tool", name, "", f"{name}(…)")
        if name in scope.lines:
            message = f"{name} may have no value here: only some branches assign it"
            suggestion = f"{name} = … in every branch, else too"
            return self.add_problem(node.at, message, f"line {scope.lines[name]}", "", suggestion)
        if name in self._lines:
            # Names are assigned once, so this also covers every cycle.
            is_later = self._lines[name] >= node.at.line
            how = "used before it is assigned" if is_later else "assigned in another branch"
            return self.add_problem(node.at, f"{name} is {how}, on line {self._lines[name]}")
        matches = close_matches(name, scope.types)
        if not matches and (file := re.fullmatch(_FILE_NAME, name)):
            message = f"{name} is a file that was not given"
            return self.add_problem(node.at, message, "", "", ask_for_file(file[1]))
        allowed = show_recent_names(scope.types) or "no names yet"
        return self.add_problem(node.at, "unknown name", name, allowed, matches)

    def _type_of_item(self, node: Index, scope: Scope) -> Type:
        container = required(self.type_of(node.value, scope))
        index = required(self.type_of(node.index, scope))
        if index.name not in ("Integer", "Any"):
            self.add_problem(
                node.index.at, "an index is a whole number", self._describe(node.index, index)
            )
        element = ANY if container.name == "Any" else element_of(container)
        if element:
            return element
        return self.add_problem(
            node.at, "only lists and boxes have items", self._describe(node.value, container)
        )

    def _type_of_list(self, items: tuple[Expression, ...], node: ListOf, scope: Scope) -> Type:
        if len(items) > LIMITS.list_items:
            self.add_problem(
                node.at, "the list is too long", f"{len(items)}", f"{LIMITS.list_items}"
            )
        common: Type | None = None
        for item in items:
            kind = self.type_of(item, scope)
            common = (common_type(common, kind) or ANY) if common else kind
        return list_of(common or ANY)

    def _type_of_comprehension(self, node: Comprehension, scope: Scope) -> Type:
        source = required(self.type_of(node.source, scope))
        element = ANY if source.name == "Any" else element_of(source)
        if not element:
            actual = self._describe(node.source, source)
            message = "for needs a list or boxes"
            element = self.add_problem(node.source.at, message, actual)
        self.check_new_name(node.variable, node.at, scope)
        inner = scope.copy()
        inner.types[node.variable] = element
        for part in (node.item, *node.conditions):
            if nested := _find_comprehension(part):
                message, suggestion = "nested list comprehensions", "a name for the inner list"
                self.add_problem(nested.at, message, "", "one per line", suggestion)
        for condition in node.conditions:
            self.check_condition(condition, inner)
        return list_of(self.type_of(node.item, inner))

    def _type_of_binary(self, node: Binary, scope: Scope) -> Type:
        left = required(self.type_of(node.left, scope))
        right = required(self.type_of(node.right, scope))
        if result := result_of_arithmetic(node.operator, left, right):
            return result
        allowed = "two numbers, two texts or two lists" if node.operator == "+" else "two numbers"
        suggestion = ""
        if node.operator == "+" and "Text" in (left.name, right.name):
            suggestion = '"{first}{second}" with names in braces'
        elif left.item or right.item or "Boxes" in (left.name, right.name):
            suggestion = "len(…) for how many there are"
        actual = f"{without_choices(left)} {node.operator} {without_choices(right)}"
        message = f"{node.operator} cannot combine these"
        return self.add_problem(node.at, message, actual, allowed, suggestion)

    def _check_comparison(self, node: Compare, scope: Scope) -> None:
        kinds = [self.type_of(operand, scope) for operand in node.operands]
        for operator, left, right in zip(node.operators, kinds, kinds[1:], strict=False):
            if not can_compare(operator, left, right):
                actual = f"{without_choices(left)} {operator} {without_choices(right)}"
                allowed = "numbers with numbers, texts with texts; in: an item and a list"
                has_length = left.item or right.item or "Boxes" in (left.name, right.name)
                suggestion = "len(…) for how many there are" if has_length else ""
                self.add_problem(node.at, "these cannot be compared", actual, allowed, suggestion)

    def _type_of_builtin(self, node: Call, scope: Scope) -> Type:
        kinds = [required(self.type_of(argument.value, scope)) for argument in node.arguments]
        function = node.function
        if node.pin or any(argument.name for argument in node.arguments):
            message = f"{function} takes no argument names and no model"
            return self.add_problem(node.at, message, "", f"{function}(value)")
        minimum, maximum = ARGUMENT_COUNTS.get(function, (1, 1))
        if not minimum <= len(kinds) <= maximum:
            allowed = "one value" if maximum == 1 else f"{minimum} to {maximum} values"
            return self.add_problem(node.at, f"{function} takes {allowed}", f"{len(kinds)} values")
        result = result_of_builtin(function, kinds)
        if result:
            return result
        actual = ", ".join(str(without_choices(kind)) for kind in kinds)
        return self.add_problem(
            node.at, f"{function} cannot take this", actual, ACCEPTED_VALUES[function]
        )

    def _type_of_call(self, node: Call, scope: Scope) -> Type:
        kinds = [self.type_of(argument.value, scope) for argument in node.arguments]
        tool = self._tools.get(node.function)
        if node.function == SAY:
            return self.add_problem(node.at, "say has a line of its own and returns nothing")
        if not tool:
            suggestion = suggest_tool(node.function, self._tools)
            allowed = "" if suggestion else ", ".join(self._tools)
            return self.add_problem(node.at, "unknown tool", node.function, allowed, suggestion)
        self.used_tools.add(tool.name)
        self.calls += tool.calls if isinstance(tool, NamedPlan) else 1
        self._check_pin(node, tool)
        names: set[str] = set()
        positional = [parameter for parameter in tool.parameters if parameter.name != SEED]
        for index, (argument, kind) in enumerate(zip(node.arguments, kinds, strict=True)):
            parameter = self._find_parameter(node, tool, argument, positional[index : index + 1])
            if not parameter:
                continue
            if parameter.name in names:
                message = f"{tool.name} gets {parameter.name} twice"
                self.add_problem(argument.value.at, message, "", tool.signature)
            names.add(parameter.name)
            self._check_argument(tool, parameter, argument, kind, scope)
        missing = [p.name for p in tool.parameters if p.required and p.name not in names | {SEED}]
        if missing:
            message = f"{tool.name} needs {' and '.join(missing)} too"
            self.add_problem(node.at, message, "", tool.signature)
        return tool.returns

    def _find_parameter(
        self, node: Call, tool: Callee, argument: Argument, candidates: list[Parameter]
    ) -> Parameter | None:
        if not argument.name:
            if not candidates:
                actual = shorten(format_expression(argument.value))
                message = f"{tool.name} takes no more arguments"
                self.add_problem(argument.value.at, message, actual, tool.signature)
            return candidates[0] if candidates else None
        by_name = {parameter.name: parameter for parameter in tool.parameters}
        if argument.name not in by_name:
            message = f"{tool.name} has no argument of this name"
            suggestion = close_matches(argument.name, by_name)
            self.add_problem(argument.value.at, message, argument.name, tool.signature, suggestion)
        return by_name.get(argument.name)

    def _check_argument(
        self,
        tool: Callee,
        parameter: Parameter,
        argument: Argument,
        kind: Type,
        scope: Scope,
    ) -> None:
        expected = parameter.type
        if (kind.name == "None" and expected.optional) or accepts(expected, required(kind)):
            return
        argument_text = format_expression(argument.value)
        message = f"{tool.name} needs {without_choices(expected)} for {parameter.name}"
        if expected.choices and kind.choices:
            suggestion = close_matches(kind.choices[0], expected.choices)
            self.add_problem(argument.value.at, message, argument_text, str(expected), suggestion)
            return
        suggestion = suggest_value(expected, kind, argument_text, scope.types, self._tools)
        self.add_problem(
            argument.value.at, message, self._describe(argument.value, kind), "", suggestion
        )

    def _check_pin(self, node: Call, tool: Callee) -> None:
        if not node.pin or self._pins is None:
            return
        models = self._pins.get(tool.name, ())
        if node.pin not in models:
            allowed = ", ".join(sorted(models)) or f"{tool.name} without a model"
            suggestion = close_matches(node.pin, models)
            self.add_problem(
                node.at, f"{tool.name} has no such model", node.pin, allowed, suggestion
            )


def _find_comprehension(node: Expression) -> Comprehension | None:
    if isinstance(node, Comprehension):
        return node
    return next(filter(None, map(_find_comprehension, children(node))), None)
