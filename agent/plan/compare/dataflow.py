"""Compare the dataflow of two plans, however they are written.

    >>> same_dataflow(plan, reference)
    True

Ignored: names, the order of independent commands (which of two equal seeded calls comes first
included), whether arguments are named, positional or left
at their default, whether calls are nested, one per line or in a named plan, and the words around
results in the answer. Compared: the tools and their arguments, the results in the answer, and the
conditions of both.

A reference may leave words open: where an argument contains "…", any words match.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agent.plan.check.named_plan import RESULT, NamedPlan
from agent.plan.check.plan_check import CheckedPlan
from agent.plan.compare import terms
from agent.plan.compare.conditions import Guards, add_conditions, drop_irrelevant_conditions
from agent.plan.compare.terms import Term
from agent.plan.syntax.tree import (
    BUILTINS,
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
    Say,
    Statement,
    Text,
    Unary,
    children,
    expressions,
    walk,
)
from tools.sdk.tool import SEED

OPEN = "…"
MAX_CALL_ORDERS = 1_000
"""How many orders of equal seeded calls are compared: six of them have 720."""

ParameterKey = tuple[str, str]
"""The names of a tool and one of its parameters."""

CallOrders = tuple[tuple[int, ...], ...]
"""New numbers for the equal calls of each group, by the first call of the group."""

WordNormalizer = Callable[[ParameterKey, str], str]
"""Return the canonical form of a tool's argument: "person" for "people"."""

_WORDS: Term = ("words",)


@dataclass(frozen=True)
class Dataflow:
    """The calls and answers of a plan in canonical form."""

    calls: frozenset[tuple[Guards, Term]]
    answers: frozenset[tuple[Guards, Term]]
    """Results in the answer; `("words",)` for an answer of words only."""


def _unchanged_word(key: ParameterKey, word: str) -> str:
    return word


def same_dataflow(
    plan: CheckedPlan, reference: CheckedPlan, normalize_word: WordNormalizer = _unchanged_word
) -> bool:
    """Return whether the plan has the dataflow of the reference."""
    open_keys = open_parameters(reference)
    expected = dataflow_of(reference, open_keys, normalize_word)
    reader = _Reader(plan, open_keys, normalize_word)
    if reader.dataflow() == expected:
        return True
    orders = itertools.product(
        *(itertools.permutations(range(count)) for count in reader.call_counts.values())
    )
    return any(
        _Reader(plan, open_keys, normalize_word, call_orders).dataflow() == expected
        for call_orders in itertools.islice(orders, 1, MAX_CALL_ORDERS)
    )


def dataflow_of(
    plan: CheckedPlan,
    open_keys: frozenset[ParameterKey] = frozenset(),
    normalize_word: WordNormalizer = _unchanged_word,
) -> Dataflow:
    """Return the dataflow of a plan.

    The text of an open parameter counts only by the results in it.
    """
    return _Reader(plan, open_keys, normalize_word).dataflow()


def open_parameters(plan: CheckedPlan) -> frozenset[ParameterKey]:
    """Return the parameters whose words the plan leaves open."""
    keys: set[ParameterKey] = set()
    for statement in walk(plan.plan.statements):
        for call in _calls_in(statement):
            for name, value in _arguments_by_name(plan, call).items():
                if isinstance(value, Text) and any(
                    isinstance(part, str) and OPEN in part for part in value.parts
                ):
                    keys.add((call.function, name))
    return frozenset(keys)


class _Reader:
    """Read a plan and track the term of every name."""

    def __init__(
        self,
        plan: CheckedPlan,
        open_keys: frozenset[ParameterKey],
        normalize_word: WordNormalizer,
        call_orders: CallOrders = (),
    ) -> None:
        self.call_counts: dict[Term, int] = {}
        """How often each call occurs that does not share its result with equal calls, in order."""
        self._calls: set[tuple[Guards, Term]] = set()
        self._answers: set[tuple[Guards, Term]] = set()
        self._plan = plan
        self._open_keys = open_keys
        self._normalize_word = normalize_word
        self._call_orders = call_orders

    def dataflow(self) -> Dataflow:
        names: dict[str, Term] = {
            name: ("given", name, kind.name) for name, kind in self._plan.names.items()
        }
        self._read(self._plan.plan.statements, names, frozenset())
        answers = drop_irrelevant_conditions(self._answers, keep=_WORDS)
        if len({term for _, term in answers}) > 1:
            answers.discard((frozenset(), _WORDS))
        return Dataflow(frozenset(drop_irrelevant_conditions(self._calls)), frozenset(answers))

    def _read(
        self, statements: tuple[Statement, ...], names: dict[str, Term], guards: Guards
    ) -> None:
        for statement in statements:
            match statement:
                case Assign(name, value):
                    names[name] = self._term(value, names, guards)
                case CallStatement(call):
                    self._term(call, names, guards)
                case Say(value):
                    self._say(self._term(value, names, guards), guards)
                case If():
                    self._read_if(statement, names, guards)

    def _read_if(self, statement: If, names: dict[str, Term], guards: Guards) -> None:
        branches: list[tuple[Term, dict[str, Term]]] = []
        for branch in statement.branches:
            condition = self._condition(branch.condition, names, guards)
            inner = dict(names)
            self._read(branch.body, inner, add_conditions(guards, condition))
            branches.append((condition, inner))
            guards = add_conditions(guards, terms.negate(condition))
        merged_names = dict(names)
        self._read(statement.otherwise, merged_names, guards)
        for condition, inner in reversed(branches):
            shared_names = [name for name in inner if name in merged_names and name not in names]
            merged_names = names | {
                name: terms.choice(condition, inner[name], merged_names[name])
                for name in shared_names
            }
        names.update(merged_names)

    def _say(self, term: Term, guards: Guards) -> None:
        match term:
            case ("choice", condition, yes, no):
                self._say(yes, add_conditions(guards, condition))
                self._say(no, add_conditions(guards, terms.negate(condition)))
            case ("text", parts):
                results = [part for part in parts if not isinstance(part, str)]
                for part in results:
                    self._say(part, guards)
                if not results:
                    self._answers.add((guards, _WORDS))
            case ("list", items):
                for item in items:
                    self._say(item, guards)
            case ("number" | "truth" | "nothing", *_):
                self._answers.add((guards, _WORDS))
            case _:
                self._answers.add((guards, term))

    def _condition(self, node: Expression, names: Mapping[str, Term], guards: Guards) -> Term:
        if isinstance(node, Logic):
            parts = [self._condition(operand, names, guards) for operand in node.operands]
            return terms.logic(node.operator, parts)
        return terms.as_condition(self._term(node, names, guards))

    def _term(self, node: Expression, names: Mapping[str, Term], guards: Guards) -> Term:
        match node:
            case Literal(value):
                return terms.constant(value)
            case Name(name):
                return names[name]
            case Text(parts):
                return terms.text(
                    [p if isinstance(p, str) else self._term(p, names, guards) for p in parts]
                )
            case Index(value, index):
                return terms.item(
                    self._term(value, names, guards), self._term(index, names, guards)
                )
            case Unary("not", operand):
                return terms.negate(self._condition(operand, names, guards))
            case Unary("-", operand):
                return terms.arithmetic("-", terms.constant(0), self._term(operand, names, guards))
            case Unary(operand=operand):
                return self._term(operand, names, guards)
            case Binary(operator, left, right):
                sides = [self._term(side, names, guards) for side in (left, right)]
                return terms.arithmetic(operator, *sides)
            case Compare(operators, operands):
                sides = [self._term(operand, names, guards) for operand in operands]
                parts = [
                    terms.comparison(
                        operator,
                        left,
                        right,
                        integers=terms.is_integer(left) and terms.is_integer(right),
                    )
                    for operator, left, right in zip(operators, sides, sides[1:], strict=False)
                ]
                return terms.logic("and", parts)
            case Logic(operator, operands):
                return terms.logic(operator, [self._term(o, names, guards) for o in operands])
            case Conditional(condition, yes, no):
                guard = self._condition(condition, names, guards)
                return terms.choice(
                    guard,
                    self._term(yes, names, add_conditions(guards, guard)),
                    self._term(no, names, add_conditions(guards, terms.negate(guard))),
                )
            case ListOf(items):
                return ("list", tuple(self._term(item, names, guards) for item in items))
            case Comprehension():
                return self._comprehension(node, names, guards)
            case Call(function) if function in BUILTINS:
                return self._builtin(node, names, guards)
            case Call():
                return self._call(node, names, guards)
            case ErrorNode():
                return ("faulty",)

    def _comprehension(
        self, node: Comprehension, names: Mapping[str, Term], guards: Guards
    ) -> Term:
        source = self._term(node.source, names, guards)
        if source[0] == "list" and not node.conditions:
            items = [self._term(node.item, {**names, node.variable: i}, guards) for i in source[1]]
            return ("list", tuple(items))
        # Comprehensions are never nested, so one name for the item is enough.
        inner = {**names, node.variable: ("each", source)}
        parts = [self._condition(part, inner, guards) for part in node.conditions]
        inner_guards = add_conditions(guards, ("for each", source), *parts)
        return ("map", self._term(node.item, inner, inner_guards), source, terms.sort_terms(parts))

    def _builtin(self, node: Call, names: Mapping[str, Term], guards: Guards) -> Term:
        values = [self._term(argument.value, names, guards) for argument in node.arguments]
        if node.function == "len" and values[0][0] == "list":
            return terms.constant(len(values[0][1]))
        if node.function == "str":
            return terms.text(values)
        if node.function in ("min", "max", "sum") and len(values) == 1 and values[0][0] == "list":
            values = list(values[0][1])
        ordered = node.function in ("min", "max", "sum")
        return (
            "builtin",
            node.function,
            terms.sort_terms(values) if ordered else tuple(values),
        )

    def _call(self, node: Call, names: Mapping[str, Term], guards: Guards) -> Term:
        tool = self._plan.tools[node.function]
        argument_terms = {
            name: self._term(value, names, guards)
            for name, value in _arguments_by_name(self._plan, node).items()
        }
        if isinstance(tool, NamedPlan):
            for name in argument_terms:
                if (tool.name, name) in self._open_keys:
                    argument_terms[name] = _results_in(argument_terms[name])
            return self._call_named(tool, argument_terms, guards)
        for name, term in argument_terms.items():
            key = (tool.name, name)
            match term:
                case _ if key in self._open_keys:
                    argument_terms[name] = _results_in(term)
                case ("text", (str(word),)):
                    argument_terms[name] = terms.text([self._normalize_word(key, word)])
                case _:
                    pass
        for parameter in tool.parameters:
            default = () if parameter.required else terms.constant(parameter.default)
            if argument_terms.get(parameter.name) == default:
                del argument_terms[parameter.name]
        commuting = [name for name in tool.commutes if name in argument_terms]
        argument_terms |= zip(
            commuting, terms.sort_terms([argument_terms[name] for name in commuting]), strict=True
        )
        arguments = tuple(sorted(argument_terms.items()))
        call: Term = ("call", tool.name, node.pin, arguments)
        # Equal calls share a result, unless the tool is seeded or not cached.
        number = self._number(call) if tool.seeded or not tool.cache else 0
        call = (*call, number, tool.returns.name)
        self._calls.add((guards, call))
        return call

    def _number(self, call: Term) -> int:
        """Number equal calls, in the order of the plan or that of `call_orders`."""
        number = self.call_counts.get(call, 0)
        self.call_counts[call] = number + 1
        group = list(self.call_counts).index(call)
        return self._call_orders[group][number] if self._call_orders else number

    def _call_named(
        self, named: NamedPlan, argument_terms: dict[str, Term], guards: Guards
    ) -> Term:
        """Return the term of a named plan's result for its arguments."""
        defaults = {p.name: terms.constant(p.default) for p in named.parameters if not p.required}
        names = defaults | argument_terms
        outer, self._plan = self._plan, named.body
        self._read(named.body.plan.statements, names, guards)
        self._plan = outer
        return names[RESULT]


def _arguments_by_name(plan: CheckedPlan, call: Call) -> dict[str, Expression]:
    """Return the arguments of a call by parameter name."""
    tool = plan.tools[call.function]
    positional = [parameter.name for parameter in tool.parameters if parameter.name != SEED]
    return {
        argument.name or positional[index]: argument.value
        for index, argument in enumerate(call.arguments)
    }


def _calls_in(statement: Statement) -> list[Call]:
    pending = list(expressions(statement))
    calls: list[Call] = []
    while pending:
        node = pending.pop()
        if isinstance(node, Call) and node.function not in BUILTINS:
            calls.append(node)
        pending += children(node)
    return calls


def _results_in(term: Term) -> Term:
    """Return the results in a text, without its words."""
    results = (
        [part for part in term[1] if not isinstance(part, str)] if term[0] == "text" else [term]
    )
    return ("any words", terms.sort_terms(list(dict.fromkeys(results))))
