"""Build the grammar that constrains a language model's plans.

Every text of the grammar parses, unless it is longer or nested more deeply than plans may be,
which a grammar cannot count. Names of tools and arguments and the values of choices are fixed, so
a model cannot invent them. `check` verifies types, but for a media parameter the grammar offers
only names and the tools that return that medium. The last line is a `say` or an `if`: small models
tend to stop before they report the result.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from agent.plan.check.named_plan import Callee
from agent.plan.check.suggestions import Tools
from agent.plan.grammar.grammar_notation import (
    Chars,
    Element,
    Grammar,
    OneOf,
    Repeat,
    RuleReference,
    one_of,
    optional,
    seq,
    write_gbnf,
    write_lark,
)
from agent.plan.syntax.formatter import format_expression
from agent.plan.syntax.tree import BUILTINS, FILE_KINDS, SAY, Text
from tools.sdk.plan_types import MEDIA_CLASSES, Type, accepts
from tools.sdk.tool import SEED

_LINES = 32
_LINES_IN_A_BLOCK = 8
_BLOCKS = 3
"""Nesting of `if`."""
_WORDS = 490
_BRACES = 7
"""Placeholders per text: with `_WORDS` characters around each, it reaches the length limit."""
_NAME_TAIL = 30

ITEM_NAMES = (
    "picture", "clip", "recording", "file", "page", "face", "item", "thing", "text", "number",
)  # fmt: skip
"""Names of the variable of a comprehension, where a line is typed."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_NAME_CHARACTERS = _LETTERS + "0123456789_"
_MEDIA = {*MEDIA_CLASSES, "Region"}


def gbnf(tools: Tools, names: Mapping[str, Type]) -> str:
    """Return the grammar of plans in GBNF, for llama.cpp."""
    return write_gbnf(plan_grammar(tools, names))


def lark(tools: Tools, names: Mapping[str, Type]) -> str:
    """Return the same grammar in Lark, for llguidance."""
    return write_lark(plan_grammar(tools, names))


@dataclass(frozen=True)
class LineLayout:
    """Where the next line of a plan may stand."""

    depth: int = 0
    """Blocks around it."""
    opens_block: bool = False
    """Whether it is the first line of the innermost block."""
    has_else: tuple[bool, ...] = ()
    """Whether each block around it is an `else`, the outermost first."""


FIRST_LINE = LineLayout()


def line_gbnf(tools: Tools, scope: Mapping[str, Type], layout: LineLayout = FIRST_LINE) -> str:
    """Return the grammar of one line with these names in scope, in GBNF."""
    return write_gbnf(line_grammar(tools, scope, layout))


def line_lark(tools: Tools, scope: Mapping[str, Type], layout: LineLayout = FIRST_LINE) -> str:
    """Return the same grammar in Lark."""
    return write_lark(line_grammar(tools, scope, layout))


def line_grammar(
    tools: Tools, scope: Mapping[str, Type], layout: LineLayout = FIRST_LINE
) -> Grammar:
    """Build the grammar of the next line: its names are in scope, its media have the right type.

    The variable of a comprehension is one of a few names, since its type is written after it.
    """
    grammar = dict(plan_grammar(tools, scope))
    grammar["start"] = _next_line(layout)
    items = [name for name in ITEM_NAMES if name not in {*scope, *tools}]
    if not _has_several(scope):
        items = []
    if scope:
        grammar["known"] = one_of(*sorted(scope), *items)
    calls = {name: f"call_{number}" for number, name in enumerate(sorted(tools))}
    # Media and regions are arguments of their own types: no number or text is one.
    plain = [RuleReference(calls[name]) for name in calls if not _is_medium(tools[name].returns)]
    grammar |= _expression_rules(plain, elements=[RuleReference("tool")] if tools else [])
    if items:
        grammar["variable"] = one_of(*items)
    grammar["simple"] = seq(RuleReference("NAME"), " = ", RuleReference("expression"))
    if tools:
        lengths = seq("len(", RuleReference("tool"), ")")
        grammar["call"] = one_of(lengths, *_choices(grammar["call"]))
        assigned = one_of(RuleReference("tool"), RuleReference("expression"))
        grammar["simple"] = one_of(
            seq(RuleReference("NAME"), " = ", assigned), *map(RuleReference, calls.values())
        )
    # Small models tend to stop before they report the result: only a `say` may be the last line.
    grammar["statement"] = one_of(
        seq(RuleReference("say"), optional("\n")),
        seq(one_of(RuleReference("simple"), seq("if ", RuleReference("test"), ":")), "\n"),
    )
    parameters = (parameter for tool in tools.values() for parameter in tool.parameters)
    for kind in {parameter.type for parameter in parameters if parameter.type.name in _MEDIA}:
        producers = [calls[name] for name in calls if accepts(kind, tools[name].returns)]
        values = [*_references(kind, scope), *items, *map(RuleReference, producers)]
        if values:
            grammar[_medium_rule(kind)] = one_of(*values)
    return grammar


def _has_several(scope: Mapping[str, Type]) -> bool:
    """Return whether there is a list to iterate over, or values to make one of."""
    lists = any(kind.item or kind.name == "Boxes" for kind in scope.values())
    kinds = [kind.name for kind in scope.values()]
    return lists or len(kinds) > len(set(kinds))


def _next_line(layout: LineLayout) -> Element:
    """Return the line that may come next, with its indentation."""
    indent = "    "
    if layout.opens_block:
        return seq(indent * layout.depth, RuleReference("statement"))
    lines: list[Element] = []
    for depth in range(layout.depth + 1):
        lines.append(seq(indent * depth, RuleReference("statement")))
        if depth < layout.depth and not layout.has_else[depth]:
            head = one_of(seq("elif ", RuleReference("test"), ":"), "else:")
            lines.append(seq(indent * depth, head, "\n"))
    return one_of(*lines)


def _references(kind: Type, scope: Mapping[str, Type]) -> Iterator[Element]:
    """Yield the names of values of this type, and the elements of lists of them."""
    for name, value_type in sorted(scope.items()):
        if accepts(kind, value_type):
            yield name
        item = Type("Box") if value_type.name == "Boxes" else value_type.item
        if item and accepts(kind, item):
            index = one_of(RuleReference("known"), seq(optional("-"), RuleReference("INTEGER")))
            yield seq(f"{name}[", index, "]")


def plan_grammar(tools: Tools, names: Mapping[str, Type]) -> Grammar:
    """Build the grammar of plans with these tools and input names."""
    calls = {name: f"call_{number}" for number, name in enumerate(sorted(tools))}
    grammar: dict[str, Element] = {
        "start": seq(
            Repeat(seq(RuleReference("line"), "\n"), 0, _LINES - 1),
            RuleReference("last"),
            optional("\n"),
        ),
        **_statement_rules([RuleReference("tool")] if tools else []),
        **_expression_rules([RuleReference("tool")] if tools else []),
        **_text_rules(),
        **_name_rules(frozenset({*keyword.kwlist, *BUILTINS, SAY, *tools, *names, *FILE_KINDS})),
        "known": one_of(RuleReference("NAME"), *sorted(names)),
    }
    if tools:
        grammar["tool"] = one_of(*map(RuleReference, calls.values()))
    for name, rule in calls.items():
        grammar |= _call_rules(tools[name], rule)
        for parameter in tools[name].parameters:
            if parameter.type.name in _MEDIA:
                producers = [calls[n] for n in calls if accepts(parameter.type, tools[n].returns)]
                choices = one_of(RuleReference("reference"), *map(RuleReference, producers))
                grammar[_medium_rule(parameter.type)] = choices
    return grammar


def _statement_rules(calls: list[Element]) -> dict[str, Element]:
    rules: dict[str, Element] = {
        "simple": one_of(
            seq(RuleReference("NAME"), " = ", RuleReference("expression")),
            RuleReference("say"),
            *calls,
        ),
        "say": seq(f"{SAY}(", RuleReference("text"), ")"),
        "last": one_of(RuleReference("say"), RuleReference("if")),
    }
    for depth in range(_BLOCKS):
        line, block = _line_rule(depth), RuleReference(f"block_{depth}")
        start, indent = "\n" + "    " * depth, "\n" + "    " * (depth + 1)
        lines = Repeat(seq(indent, RuleReference(_line_rule(depth + 1))), 1, _LINES_IN_A_BLOCK)
        rules[block.name] = lines
        choice = f"if_{depth}" if depth else "if"
        rules[choice] = seq(
            seq("if ", RuleReference("test"), ":", block),
            # The keyword is a token of its own: llguidance takes the longest token and never
            # backtracks, so that "\\nelse:" as one would forbid other lines that begin with e.
            Repeat(seq(start, "elif ", RuleReference("test"), ":", block), 0, 3),
            optional(start, "else:", block),
        )
        rules[line] = one_of(RuleReference("simple"), RuleReference(choice))
    rules[_line_rule(_BLOCKS)] = RuleReference("simple")
    return rules


def _line_rule(depth: int) -> str:
    return f"line_{depth}" if depth else "line"


def _expression_rules(
    calls: Sequence[Element], elements: Sequence[Element] = ()
) -> dict[str, Element]:
    """Return the rules of expressions; `elements` may be elements of lists beside them."""
    expression, test, name = (
        RuleReference("expression"),
        RuleReference("test"),
        RuleReference("known"),
    )
    element = one_of(*elements, expression)
    compared = one_of(" == ", " != ", " < ", " <= ", " > ", " >= ", " in ", " not in ")
    computed = one_of(" + ", " - ", " * ", " / ", " // ", " % ", " ** ")
    several = seq(expression, Repeat(seq(", ", expression), 0, 3))
    unary, variadic = ("len", "sum", "sorted", "abs", "str"), ("min", "max", "round", "range")
    return {
        "expression": seq(test, optional(" if ", test, " else ", expression)),
        "test": seq(
            RuleReference("side"), Repeat(seq(one_of(" and ", " or "), RuleReference("side")), 0, 3)
        ),
        "side": seq(
            optional("not "), RuleReference("sum"), optional(compared, RuleReference("sum"))
        ),
        "sum": seq(RuleReference("atom"), Repeat(seq(computed, RuleReference("atom")), 0, 3)),
        "atom": one_of(
            RuleReference("reference"),
            RuleReference("call"),
            seq(optional("-"), RuleReference("NUMBER")),
            RuleReference("text"),
            *("True", "False", "None"),
            seq("(", expression, ")"),
            seq("[", optional(Repeat(seq(element, ", "), 0, 9), element), "]"),
            seq(
                "[",
                element,
                " for ",
                RuleReference("variable"),
                " in ",
                test,
                optional(" if ", test),
                "]",
            ),
        ),
        "call": one_of(
            *calls,
            seq(one_of(*(f"{builtin}(" for builtin in unary)), expression, ")"),
            seq(one_of(*(f"{builtin}(" for builtin in variadic)), several, ")"),
        ),
        "reference": seq(
            name, optional("[", one_of(name, seq(optional("-"), RuleReference("INTEGER"))), "]")
        ),
        "INTEGER": one_of("0", seq(Chars("1-9"), Chars("0-9", 0, 8))),
        "NUMBER": seq(RuleReference("INTEGER"), optional(".", Chars("0-9", 1, 6))),
    }


def _text_rules() -> dict[str, Element]:
    piece = one_of(Chars(r'^"\\{}\x00-\x1f\x7f'), '\\"', "\\\\", "\\n")
    words = optional(RuleReference("WORDS"))
    # A lexer without backtracking must decide at the first brace.
    placeholder = seq(RuleReference("known"), optional("[", RuleReference("INTEGER"), "]"), "}")
    return {
        "text": seq('"', words, Repeat(seq(RuleReference("braces"), words), 0, _BRACES), '"'),
        "braces": one_of(seq("{", one_of("{", placeholder)), "}}"),
        "WORDS": Repeat(piece, 1, _WORDS),
    }


@lru_cache(maxsize=8)
def _name_rules(reserved: frozenset[str]) -> Mapping[str, Element]:
    """Return rules for new names, letter by letter."""
    words = {
        word for word in reserved if set(word) <= set(_NAME_CHARACTERS) and word[:1] in _LETTERS
    }
    rules: dict[str, Element] = {"NAME": _continue_name("", words)}
    for length in range(1, max(map(len, words)) + 1):
        for beginning in sorted({word[:length] for word in words if len(word) >= length}):
            rules[_name_rule(beginning)] = _continue_name(beginning, words)
    rules["TAIL"] = Chars("a-z0-9_", 0, _NAME_TAIL)
    rules["variable"] = RuleReference("NAME")
    return rules


def _continue_name(beginning: str, words: set[str]) -> Element:
    allowed = _NAME_CHARACTERS if beginning else _LETTERS
    next_letters = sorted(
        {word[len(beginning)] for word in words if word != beginning and word.startswith(beginning)}
    )
    if beginning in FILE_KINDS:
        # Small models tend to invent the file that a request mentions: allow no image2 unless it
        # is an input.
        allowed = allowed.translate({ord(digit): None for digit in "0123456789"})
        next_letters = [letter for letter in next_letters if not letter.isdigit()]
    free = "".join(letter for letter in allowed if letter not in next_letters)
    continuations = [
        seq(letter, RuleReference(_name_rule(beginning + letter))) for letter in next_letters
    ]
    other = seq(Chars(_character_ranges(free)), RuleReference("TAIL"))
    rule = one_of(*continuations, other)
    may_end = beginning and beginning not in words
    return optional(rule) if may_end else rule


def _character_ranges(letters: str) -> str:
    """Return letters as character ranges: `abcdx_` as `a-dx_`."""
    runs: list[str] = []
    for letter in letters:
        if runs and ord(letter) == ord(runs[-1][-1]) + 1:
            runs[-1] += letter
        else:
            runs.append(letter)
    return "".join(run if len(run) < 3 else f"{run[0]}-{run[-1]}" for run in runs)


def _name_rule(beginning: str) -> str:
    return f"NAME_{beginning.upper()}"


def _call_rules(tool: Callee, rule: str) -> dict[str, Element]:
    parameters = [parameter for parameter in tool.parameters if parameter.name != SEED]
    values = [_value_of(parameter.type) for parameter in parameters]
    rules: dict[str, Element] = {}

    def rest(index: int, *, positional: bool, comma: bool) -> Element:
        """Return the arguments from an index on.

        After a named or omitted argument all others are named.
        """
        if index == len(parameters):
            return ")"
        name = f"{rule}_{index}{'p' if positional else 'n'}{'c' if comma else ''}"
        if name not in rules:
            rules[name] = one_of(*choices(index, positional=positional, comma=comma))
        return RuleReference(name)

    def choices(index: int, *, positional: bool, comma: bool) -> list[Element]:
        parameter = parameters[index]
        comma_text = ", " if comma else ""
        named = rest(index + 1, positional=False, comma=True)
        alternatives = [seq(f"{comma_text}{parameter.name}=", values[index], named)]
        if positional:
            next_arguments = rest(index + 1, positional=True, comma=True)
            parts = [comma_text, values[index]] if comma_text else [values[index]]
            alternatives.append(seq(*parts, next_arguments))
        if not parameter.required:
            alternatives.append(rest(index + 1, positional=False, comma=comma))
        return alternatives

    return {rule: seq(f"{tool.name}(", rest(0, positional=True, comma=False)), **rules}


def _value_of(kind: Type) -> Element:
    """Return the element for an argument of this type."""
    if kind.choices:
        words = [format_expression(Text((choice,))) for choice in kind.choices]
        return one_of(*words, RuleReference("reference"))
    return RuleReference(_medium_rule(kind) if kind.name in _MEDIA else "expression")


def _is_medium(kind: Type) -> bool:
    return kind.name in _MEDIA or (kind.item is not None and _is_medium(kind.item))


def _choices(element: Element) -> tuple[Element, ...]:
    return element.choices if isinstance(element, OneOf) else (element,)


def _medium_rule(kind: Type) -> str:
    return f"medium_{kind.name.lower()}"
