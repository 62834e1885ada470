"""Plain descriptions of commands, for people who do not read plans.

    cups = detect(image1, label="cup")          Find every cup in image1
    grey = [grayscale(one) for one in cuttings]  Turn each of cuttings into shades of grey

A tool may bring its own template (`@tool(words=…)`); otherwise its description is used, with the
arguments in place of "a picture" or "a sound". The result is plain text: escape it when rendering.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from agent.plan import Callee, PlanError, format_value, parse
from agent.plan.syntax.formatter import format_expression
from agent.plan.syntax.tree import (
    BUILTINS,
    Call,
    CallStatement,
    Expression,
    Index,
    ListOf,
    Literal,
    Name,
    Text,
    children,
)
from agent.record.events import PlanStep
from tools.sdk.plan_types import Type, Value
from tools.sdk.registry import AnyTool
from tools.sdk.tool import WORDS_FIELD, Tool

MAX_VALUE_LENGTH = 80
"""Displayed characters of a text argument; the rest is left out."""

_NOUNS: Mapping[str, str] = {
    "Image": "picture|photo|image",
    "Audio": "sound|recording",
    "Video": "film|video",
    "Text": "text",
    "Region": "region",
    "Boxes": "boxes",
    "Mask": "mask",
    "Table": "table",
}
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_QUOTED_FIELD = re.compile(rf"(?P<open>“?){WORDS_FIELD.pattern}(?P<close>”?)")
_ASIDE = re.compile(r"[:;(]|\.(?=\s|$)|, such as\b|, for tools\b")
_NO_MATCH = re.compile(r"(?!)")
_ORDINALS = {0: "first", 1: "second", 2: "third", -1: "last"}


def describe_command(step: PlanStep, tool: Callee | None) -> str:
    """Describe the command, for example "Find every cup in image1".

    Without the tool, which may have been removed since, use its name and arguments.
    """
    call = _call_of(step)
    if call is None:
        return step.text[:1].upper() + step.text[1:]
    arguments = _arguments_of(call, tool)
    formatter = _ValueFormatter(_loop_variable(step, call))
    if tool is None:
        sentence = _without_underscores(step.tool).capitalize() + _remaining_arguments(
            arguments, formatter
        )
    elif isinstance(tool, Tool) and tool.words:
        sentence = _fill_template(tool, arguments, formatter)
    else:
        sentence = _from_description(tool, arguments, formatter)
    return f"{sentence} (by {call.pin})" if call.pin else sentence


def _call_of(step: PlanStep) -> Call | None:
    try:
        statements = parse(step.text).statements
    except PlanError:
        return None
    match statements:
        case (CallStatement(call),):
            return call
        case _:
            return None


def _arguments_of(call: Call, tool: Callee | None) -> dict[str, Expression]:
    """Return the call's arguments by parameter name, or by number if unknown."""
    names = [parameter.name for parameter in tool.parameters] if tool else []
    return {
        argument.name or (names[index] if index < len(names) else str(index + 1)): argument.value
        for index, argument in enumerate(call.arguments)
    }


def _loop_variable(step: PlanStep, call: Call) -> dict[str, str]:
    """Map the loop variable of a comprehension to words: "each of cuttings"."""
    if "[" not in step.path:
        return {}
    used = _names_in(call)
    unknown = [name for name in used if name not in step.needs]
    if len(unknown) != 1:
        return {}
    sources = [need for need in step.needs if need not in used]
    if not sources or not all(source.isidentifier() for source in sources):
        return {unknown[0]: f"each {_without_underscores(unknown[0])}"}
    return {unknown[0]: f"each of {_join_words(sources)}"}


def _names_in(node: Expression) -> list[str]:
    if isinstance(node, Name):
        return [node.name]
    return list(dict.fromkeys(name for child in children(node) for name in _names_in(child)))


class _ValueFormatter:
    """Describe argument values in words."""

    def __init__(self, loop_words: Mapping[str, str]) -> None:
        self._loop_words = loop_words

    def describe(self, node: Expression) -> str:
        match node:
            case Literal(value):
                return format_value(value)
            case Text(parts):
                return _shorten("".join(_source_text(part) for part in parts))
            case Name(name):
                return self._loop_words.get(name, name)
            case Index(value, Literal(int() as index)) if index in _ORDINALS:
                return f"the {_ORDINALS[index]} of {self.describe(value)}"
            case ListOf(items):
                return _join_words([self.quote(item) for item in items])
            case Call(function, _) if function not in BUILTINS:
                return f"the result of {_without_underscores(function)}"
            case _:
                return _shorten(format_expression(node))

    def quote(self, node: Expression) -> str:
        return f"“{self.describe(node)}”" if isinstance(node, Text) else self.describe(node)


def _fill_template(
    tool: AnyTool, arguments: Mapping[str, Expression], formatter: _ValueFormatter
) -> str:
    """Fill the arguments into the tool's own template."""
    defaults = {parameter.name: parameter.default for parameter in tool.parameters}

    def optional_part(part: re.Match[str]) -> str:
        names = WORDS_FIELD.findall(part[1])
        return part[1] if all(_has_content(arguments.get(name)) for name in names) else ""

    def field_text(field: re.Match[str]) -> str:
        name, fallback = field[2], field[0].strip("“”{}").partition("|")[2]
        value = arguments.get(name)
        if isinstance(value, Text) and value.parts:
            return f"{field['open']}{formatter.describe(value)}{field['close']}"
        if value is not None and _has_content(value):
            return formatter.describe(value)
        return fallback or _default_text(defaults[name])

    return _QUOTED_FIELD.sub(field_text, _OPTIONAL.sub(optional_part, tool.words))


def _has_content(value: Expression | None) -> bool:
    return value is not None and value not in (Text(()), Literal(None))


def _default_text(value: Value) -> str:
    return "" if value is None else format_value(value)


def _from_description(
    tool: Callee, arguments: Mapping[str, Expression], formatter: _ValueFormatter
) -> str:
    """Describe the call by the tool's description, with arguments for its nouns."""
    sentence = _ASIDE.split(tool.description, maxsplit=1)[0].strip()
    remaining = dict(arguments)
    replacements: dict[tuple[int, int], str] = {}
    for parameter in tool.parameters:
        if parameter.name not in remaining:
            continue
        nouns = _nouns_of(parameter.type).finditer(sentence)
        if noun_match := next((noun for noun in nouns if noun.span() not in replacements), None):
            replacements[noun_match.span()] = formatter.quote(remaining.pop(parameter.name))
    for (start, end), words in sorted(replacements.items(), reverse=True):
        sentence = sentence[:start] + words + sentence[end:]
    return sentence + _remaining_arguments(remaining, formatter)


def _nouns_of(kind: Type) -> re.Pattern[str]:
    """Return a pattern of the nouns that descriptions use for this type."""
    nouns = _NOUNS.get(kind.item.name if kind.item else kind.name)
    if nouns is None or kind.choices:
        return _NO_MATCH
    if kind.item:
        return re.compile(rf"\b(?:(?:the|some|several) )?(?:{nouns})s\b")
    return re.compile(rf"\b(?:an?|the) (?:{nouns})\b")


def _remaining_arguments(arguments: Mapping[str, Expression], formatter: _ValueFormatter) -> str:
    """Format the arguments that the sentence does not mention."""
    parts = [
        formatter.quote(value)
        if name.isdigit()
        else f"{_without_underscores(name)}: {formatter.quote(value)}"
        for name, value in arguments.items()
        if _has_content(value)
    ]
    return f" ({', '.join(parts)})" if parts else ""


def _source_text(part: str | Expression) -> str:
    return part if isinstance(part, str) else f"{{{format_expression(part)}}}"


def _join_words(words: Sequence[str]) -> str:
    if len(words) < 2:
        return words[0] if words else "nothing"
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _without_underscores(name: str) -> str:
    return name.replace("_", " ")


def _shorten(text: str) -> str:
    spaced = " ".join(text.split())
    line = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for character in spaced
    )
    return line if len(line) <= MAX_VALUE_LENGTH else f"{line[: MAX_VALUE_LENGTH - 1].rstrip()}…"
