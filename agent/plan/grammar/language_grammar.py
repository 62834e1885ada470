"""Build the grammar that constrains a language model's plans.

Every text of the grammar parses, unless it is longer or nested more deeply than plans may be,
which a grammar cannot count. Names of tools and arguments and the values of choices are fixed, so
a model cannot invent them. `check` verifies types, but for a media parameter the grammar offers
only names and the tools that return that medium. The last line is a `say` or an `if`: small models
tend to stop before they report the result.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping

from agent.plan.check.named_plan import Callee
from agent.plan.check.suggestions import Tools
from agent.plan.grammar.grammar_notation import (
    Chars,
    Element,
    Grammar,
    Repeat,
    Rule,
    maybe,
    one_of,
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

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_REST = _LETTERS + "0123456789_"
_MEDIA = {*MEDIA_CLASSES, "Region"}


def gbnf(tools: Tools, names: Mapping[str, Type]) -> str:
    """Return the grammar of plans in GBNF, for llama.cpp."""
    return write_gbnf(plan_grammar(tools, names))


def lark(tools: Tools, names: Mapping[str, Type]) -> str:
    """Return the same grammar in Lark, for llguidance."""
    return write_lark(plan_grammar(tools, names))


def plan_grammar(tools: Tools, names: Mapping[str, Type]) -> Grammar:
    """Build the grammar of plans with these tools and input names."""
    calls = {name: f"call_{number}" for number, name in enumerate(sorted(tools))}
    grammar: dict[str, Element] = {
        "start": seq(Repeat(seq(Rule("line"), "\n"), 0, _LINES - 1), Rule("last"), maybe("\n")),
        **_statement_rules([Rule("tool")] if tools else []),
        **_expression_rules([Rule("tool")] if tools else []),
        **_text_rules(),
        **_name_rules({*keyword.kwlist, *BUILTINS, SAY, *tools, *names, *FILE_KINDS}, names),
    }
    if tools:
        grammar["tool"] = one_of(*map(Rule, calls.values()))
    for name, rule in calls.items():
        grammar |= _call_rules(tools[name], rule)
        for parameter in tools[name].parameters:
            if parameter.type.name in _MEDIA:
                giving = [calls[n] for n in calls if accepts(parameter.type, tools[n].returns)]
                choices = one_of(Rule("reference"), *map(Rule, giving))
                grammar[_medium_rule(parameter.type)] = choices
    return grammar


def _statement_rules(calls: list[Element]) -> dict[str, Element]:
    rules: dict[str, Element] = {
        "simple": one_of(seq(Rule("NAME"), " = ", Rule("expression")), Rule("say"), *calls),
        "say": seq(f"{SAY}(", Rule("text"), ")"),
        "last": one_of(Rule("say"), Rule("if")),
    }
    for depth in range(_BLOCKS):
        line, block = _line_rule(depth), Rule(f"block_{depth}")
        start, indent = "\n" + "    " * depth, "\n" + "    " * (depth + 1)
        lines = Repeat(seq(indent, Rule(_line_rule(depth + 1))), 1, _LINES_IN_A_BLOCK)
        rules[block.name] = lines
        choice = f"if_{depth}" if depth else "if"
        rules[choice] = seq(
            seq("if ", Rule("test"), ":", block),
            # The keyword is a token of its own: llguidance takes the longest token and never
            # backtracks, so that "\\nelse:" as one would forbid other lines that begin with e.
            Repeat(seq(start, "elif ", Rule("test"), ":", block), 0, 3),
            maybe(start, "else:", block),
        )
        rules[line] = one_of(Rule("simple"), Rule(choice))
    rules[_line_rule(_BLOCKS)] = Rule("simple")
    return rules


def _line_rule(depth: int) -> str:
    return f"line_{depth}" if depth else "line"


def _expression_rules(calls: list[Element]) -> dict[str, Element]:
    expression, test, name = Rule("expression"), Rule("test"), Rule("known")
    compared = one_of(" == ", " != ", " < ", " <= ", " > ", " >= ", " in ", " not in ")
    computed = one_of(" + ", " - ", " * ", " / ", " // ", " % ", " ** ")
    several = seq(expression, Repeat(seq(", ", expression), 0, 3))
    one, others = ("len", "sum", "sorted", "abs", "str"), ("min", "max", "round", "range")
    return {
        "expression": seq(test, maybe(" if ", test, " else ", expression)),
        "test": seq(Rule("side"), Repeat(seq(one_of(" and ", " or "), Rule("side")), 0, 3)),
        "side": seq(maybe("not "), Rule("sum"), maybe(compared, Rule("sum"))),
        "sum": seq(Rule("atom"), Repeat(seq(computed, Rule("atom")), 0, 3)),
        "atom": one_of(
            Rule("reference"),
            Rule("call"),
            seq(maybe("-"), Rule("NUMBER")),
            Rule("text"),
            *("True", "False", "None"),
            seq("(", expression, ")"),
            seq("[", maybe(Repeat(seq(expression, ", "), 0, 9), expression), "]"),
            seq("[", expression, " for ", Rule("NAME"), " in ", test, maybe(" if ", test), "]"),
        ),
        "call": one_of(
            *calls,
            seq(one_of(*(f"{builtin}(" for builtin in one)), expression, ")"),
            seq(one_of(*(f"{builtin}(" for builtin in others)), several, ")"),
        ),
        "reference": seq(name, maybe("[", one_of(name, seq(maybe("-"), Rule("INTEGER"))), "]")),
        "INTEGER": one_of("0", seq(Chars("1-9"), Chars("0-9", 0, 8))),
        "NUMBER": seq(Rule("INTEGER"), maybe(".", Chars("0-9", 1, 6))),
    }


def _text_rules() -> dict[str, Element]:
    piece = one_of(Chars(r'^"\\{}\x00-\x1f\x7f'), '\\"', "\\\\", "\\n")
    words = maybe(Rule("WORDS"))
    # A lexer without backtracking must decide at the first brace.
    placeholder = seq(Rule("known"), maybe("[", Rule("INTEGER"), "]"), "}")
    return {
        "text": seq('"', words, Repeat(seq(Rule("braces"), words), 0, _BRACES), '"'),
        "braces": one_of(seq("{", one_of("{", placeholder)), "}}"),
        "WORDS": Repeat(piece, 1, _WORDS),
    }


def _name_rules(taken: Iterable[str], names: Mapping[str, Type]) -> dict[str, Element]:
    """Return rules for new names, letter by letter, and input names."""
    words = {word for word in taken if set(word) <= set(_REST) and word[:1] in _LETTERS}
    rules: dict[str, Element] = {"NAME": _continue_name("", words)}
    for length in range(1, max(map(len, words)) + 1):
        for beginning in sorted({word[:length] for word in words if len(word) >= length}):
            rules[_name_rule(beginning)] = _continue_name(beginning, words)
    rules["TAIL"] = Chars("a-z0-9_", 0, _NAME_TAIL)
    rules["known"] = one_of(Rule("NAME"), *sorted(names))
    return rules


def _continue_name(beginning: str, words: set[str]) -> Element:
    allowed = _REST if beginning else _LETTERS
    taken = sorted(
        {word[len(beginning)] for word in words if word != beginning and word.startswith(beginning)}
    )
    if beginning in FILE_KINDS:
        # Small models tend to invent the file that a request mentions: allow no image2 unless it
        # is an input.
        allowed = allowed.translate({ord(digit): None for digit in "0123456789"})
        taken = [letter for letter in taken if not letter.isdigit()]
    free = "".join(letter for letter in allowed if letter not in taken)
    further = [seq(letter, Rule(_name_rule(beginning + letter))) for letter in taken]
    other = seq(Chars(_in_ranges(free)), Rule("TAIL"))
    rule = one_of(*further, other)
    may_end = beginning and beginning not in words
    return maybe(rule) if may_end else rule


def _in_ranges(letters: str) -> str:
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

    def rest(place: int, *, by_place: bool, comma: bool) -> Element:
        """Return the arguments from an index on.

        After a named or omitted argument all others are named.
        """
        if place == len(parameters):
            return ")"
        name = f"{rule}_{place}{'p' if by_place else 'n'}{'c' if comma else ''}"
        if name not in rules:
            rules[name] = one_of(*choices(place, by_place=by_place, comma=comma))
        return Rule(name)

    def choices(place: int, *, by_place: bool, comma: bool) -> list[Element]:
        parameter = parameters[place]
        before = ", " if comma else ""
        named = rest(place + 1, by_place=False, comma=True)
        found = [seq(f"{before}{parameter.name}=", values[place], named)]
        if by_place:
            following = rest(place + 1, by_place=True, comma=True)
            given = [before, values[place]] if before else [values[place]]
            found.append(seq(*given, following))
        if not parameter.required:
            found.append(rest(place + 1, by_place=False, comma=comma))
        return found

    return {rule: seq(f"{tool.name}(", rest(0, by_place=True, comma=False)), **rules}


def _value_of(kind: Type) -> Element:
    """Return the element for an argument of this type."""
    if kind.choices:
        words = [format_expression(Text((choice,))) for choice in kind.choices]
        return one_of(*words, Rule("reference"))
    return Rule(_medium_rule(kind) if kind.name in _MEDIA else "expression")


def _medium_rule(kind: Type) -> str:
    return f"medium_{kind.name.lower()}"
