"""Compare the dataflow of two plans, however they are written.

    >>> same_dataflow(plan, reference)
    True

Ignored: names, the order of independent commands, whether arguments are named, positional or left
at their default, whether calls are nested, one per line or in a named plan, and the words around
results in the answer. Compared: the tools and their arguments, the results in the answer, and the
conditions of both.

A reference may leave words open: where an argument contains "…", any words match.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agent.plan.check.named_plan import RESULT, NamedPlan
from agent.plan.check.plan_check import CheckedPlan
from agent.plan.compare import terms
from agent.plan.compare.conditions import Guards, also, without_idle
from agent.plan.compare.terms import Term
from agent.plan.syntax.tree import (
    BUILTINS,
    Assign,
    Binary,
    Call,
    Choice,
    Compare,
    Comprehension,
    Do,
    Expression,
    Faulty,
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

Place = tuple[str, str]
"""The names of a tool and one of its parameters."""

SameWords = Callable[[Place, str], str]
"""Return the canonical form of a tool's argument: "person" for "people"."""

_WORDS: Term = ("words",)


@dataclass(frozen=True)
class Meaning:
    """The calls and answers of a plan in canonical form."""

    calls: frozenset[tuple[Guards, Term]]
    said: frozenset[tuple[Guards, Term]]
    """Results in the answer; `("words",)` for an answer of words only."""


def _as_written(place: Place, word: str) -> str:
    return word


def same_dataflow(
    plan: CheckedPlan, reference: CheckedPlan, same_words: SameWords = _as_written
) -> bool:
    """Return whether the plan has the dataflow of the reference."""
    places = open_places(reference)
    return meaning(plan, places, same_words) == meaning(reference, places, same_words)


def meaning(
    plan: CheckedPlan,
    open_places: frozenset[Place] = frozenset(),
    same_words: SameWords = _as_written,
) -> Meaning:
    """Return the dataflow of a plan.

    The text of an open parameter counts only by the results in it.
    """
    reader = _Reader(plan, open_places, same_words)
    names: dict[str, Term] = {name: ("given", name, kind.name) for name, kind in plan.names.items()}
    reader.read(plan.plan.statements, names, frozenset())
    said = without_idle(reader.said, keep=_WORDS)
    if len({term for _, term in said}) > 1:
        said.discard((frozenset(), _WORDS))
    return Meaning(frozenset(without_idle(reader.calls)), frozenset(said))


def open_places(plan: CheckedPlan) -> frozenset[Place]:
    """Return the parameters whose words the plan leaves open."""
    found: set[Place] = set()
    for statement in walk(plan.plan.statements):
        for call in _calls_in(statement):
            for name, value in _named(plan, call).items():
                if isinstance(value, Text) and any(
                    isinstance(part, str) and OPEN in part for part in value.parts
                ):
                    found.add((call.function, name))
    return frozenset(found)


class _Reader:
    """Read a plan and track the term of every name."""

    def __init__(
        self, plan: CheckedPlan, open_places: frozenset[Place], same_words: SameWords
    ) -> None:
        self.calls: set[tuple[Guards, Term]] = set()
        self.said: set[tuple[Guards, Term]] = set()
        self._plan = plan
        self._open = open_places
        self._same_words = same_words
        self._seen: Counter[Term] = Counter()

    def read(
        self, statements: tuple[Statement, ...], names: dict[str, Term], guards: Guards
    ) -> None:
        for statement in statements:
            match statement:
                case Assign(name, value):
                    names[name] = self._term(value, names, guards)
                case Do(call):
                    self._term(call, names, guards)
                case Say(value):
                    self._say(self._term(value, names, guards), guards)
                case If():
                    self._read_if(statement, names, guards)

    def _read_if(self, statement: If, names: dict[str, Term], guards: Guards) -> None:
        ways: list[tuple[Term, dict[str, Term]]] = []
        for branch in statement.branches:
            decides = self._condition(branch.condition, names, guards)
            inner = dict(names)
            self.read(branch.body, inner, also(guards, decides))
            ways.append((decides, inner))
            guards = also(guards, terms.negated(decides))
        last = dict(names)
        self.read(statement.otherwise, last, guards)
        for decides, inner in reversed(ways):
            both = [name for name in inner if name in last and name not in names]
            last = names | {name: terms.choice(decides, inner[name], last[name]) for name in both}
        names.update(last)

    def _say(self, term: Term, guards: Guards) -> None:
        match term:
            case ("choice", decides, yes, no):
                self._say(yes, also(guards, decides))
                self._say(no, also(guards, terms.negated(decides)))
            case ("text", parts):
                inside = [part for part in parts if not isinstance(part, str)]
                for part in inside:
                    self._say(part, guards)
                if not inside:
                    self.said.add((guards, _WORDS))
            case ("list", items):
                for item in items:
                    self._say(item, guards)
            case ("number" | "truth" | "nothing", *_):
                self.said.add((guards, _WORDS))
            case _:
                self.said.add((guards, term))

    def _condition(self, node: Expression, names: Mapping[str, Term], guards: Guards) -> Term:
        if isinstance(node, Logic):
            parts = [self._condition(operand, names, guards) for operand in node.operands]
            return terms.logic(node.operator, parts)
        return terms.condition(self._term(node, names, guards))

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
                return terms.negated(self._condition(operand, names, guards))
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
                        operator, left, right, whole=terms.is_whole(left) and terms.is_whole(right)
                    )
                    for operator, left, right in zip(operators, sides, sides[1:], strict=False)
                ]
                return terms.logic("and", parts)
            case Logic(operator, operands):
                return terms.logic(operator, [self._term(o, names, guards) for o in operands])
            case Choice(condition, yes, no):
                decides = self._condition(condition, names, guards)
                return terms.choice(
                    decides,
                    self._term(yes, names, also(guards, decides)),
                    self._term(no, names, also(guards, terms.negated(decides))),
                )
            case ListOf(items):
                return ("list", tuple(self._term(item, names, guards) for item in items))
            case Comprehension():
                return self._comprehension(node, names, guards)
            case Call(function) if function in BUILTINS:
                return self._builtin(node, names, guards)
            case Call():
                return self._call(node, names, guards)
            case Faulty():
                return ("faulty",)

    def _comprehension(
        self, node: Comprehension, names: Mapping[str, Term], guards: Guards
    ) -> Term:
        source = self._term(node.source, names, guards)
        if source[0] == "list" and not node.conditions:
            each = [self._term(node.item, {**names, node.variable: i}, guards) for i in source[1]]
            return ("list", tuple(each))
        # Comprehensions are never nested, so one name for the item is enough.
        inner = {**names, node.variable: ("each", source)}
        parts = [self._condition(part, inner, guards) for part in node.conditions]
        within = also(guards, ("for each", source), *parts)
        return ("map", self._term(node.item, inner, within), source, terms.in_order(parts))

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
            terms.in_order(values) if ordered else tuple(values),
        )

    def _call(self, node: Call, names: Mapping[str, Term], guards: Guards) -> Term:
        tool = self._plan.tools[node.function]
        given = {
            name: self._term(value, names, guards)
            for name, value in _named(self._plan, node).items()
        }
        if isinstance(tool, NamedPlan):
            return self._call_named(tool, given, guards)
        for name, term in given.items():
            place = (tool.name, name)
            match term:
                case _ if place in self._open:
                    given[name] = _results_in(term)
                case ("text", (str(word),)):
                    given[name] = terms.text([self._same_words(place, word)])
                case _:
                    pass
        for parameter in tool.parameters:
            default = () if parameter.required else terms.constant(parameter.default)
            if given.get(parameter.name) == default:
                del given[parameter.name]
        swapped = [name for name in tool.commutes if name in given]
        given |= zip(swapped, terms.in_order([given[name] for name in swapped]), strict=True)
        arguments = tuple(sorted(given.items()))
        call: Term = ("call", tool.name, node.pin, arguments)
        # Equal calls share a result, unless the tool is seeded or not cached.
        number = self._seen[call] if tool.seeded or not tool.cache else 0
        self._seen[call] += 1
        call = (*call, number, tool.returns.name)
        self.calls.add((guards, call))
        return call

    def _call_named(self, named: NamedPlan, given: dict[str, Term], guards: Guards) -> Term:
        """Return the term of a named plan's result for its arguments."""
        defaults = {p.name: terms.constant(p.default) for p in named.parameters if not p.required}
        names = defaults | given
        outer, self._plan = self._plan, named.body
        self.read(named.body.plan.statements, names, guards)
        self._plan = outer
        return names[RESULT]


def _named(plan: CheckedPlan, call: Call) -> dict[str, Expression]:
    """Return the arguments of a call by parameter name."""
    tool = plan.tools[call.function]
    by_place = [parameter.name for parameter in tool.parameters if parameter.name != SEED]
    return {
        argument.name or by_place[place]: argument.value
        for place, argument in enumerate(call.arguments)
    }


def _calls_in(statement: Statement) -> list[Call]:
    waiting = list(expressions(statement))
    found: list[Call] = []
    while waiting:
        node = waiting.pop()
        if isinstance(node, Call) and node.function not in BUILTINS:
            found.append(node)
        waiting += children(node)
    return found


def _results_in(term: Term) -> Term:
    """Return the results in a text, without its words."""
    inside = (
        [part for part in term[1] if not isinstance(part, str)] if term[0] == "text" else [term]
    )
    return ("any words", terms.in_order(list(dict.fromkeys(inside))))
