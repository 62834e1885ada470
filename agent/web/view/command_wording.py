"""Plain descriptions of commands, for people who do not read plans.

    cups = detect(image1, label="cup")          Find every cup in image1
    grey = [grayscale(one) for one in cuttings]  Turn each of cuttings into shades of grey

A tool may bring its own template (`@tool(words=…)`); otherwise its description is used, with the
arguments in place of "a picture" or "a sound". The result is plain text: escape it when rendering.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from agent.plan import Callee, PlanError, parse, show
from agent.plan.syntax.formatter import format_expression
from agent.plan.syntax.tree import (
    BUILTINS,
    Call,
    Do,
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

LONGEST_VALUE = 80
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
_NEVER = re.compile(r"(?!)")
_ORDINALS = {0: "first", 1: "second", 2: "third", -1: "last"}


def in_words(step: PlanStep, tool: Callee | None) -> str:
    """Describe the command, for example "Find every cup in image1".

    Without the tool, which may have been removed since, use its name and arguments.
    """
    call = _call_of(step)
    if call is None:
        return step.text[:1].upper() + step.text[1:]
    given = _arguments_of(call, tool)
    speaker = _Speaker(_each(step, call))
    if tool is None:
        sentence = _plain(step.tool).capitalize() + _rest(given, speaker)
    elif isinstance(tool, Tool) and tool.words:
        sentence = _fill(tool, given, speaker)
    else:
        sentence = _from_description(tool, given, speaker)
    return f"{sentence} (by {call.pin})" if call.pin else sentence


def _call_of(step: PlanStep) -> Call | None:
    try:
        statements = parse(step.text).statements
    except PlanError:
        return None
    match statements:
        case (Do(call),):
            return call
        case _:
            return None


def _arguments_of(call: Call, tool: Callee | None) -> dict[str, Expression]:
    """Return the call's arguments by parameter name, or by number if unknown."""
    places = [parameter.name for parameter in tool.parameters] if tool else []
    return {
        argument.name or (places[place] if place < len(places) else str(place + 1)): argument.value
        for place, argument in enumerate(call.arguments)
    }


def _each(step: PlanStep, call: Call) -> dict[str, str]:
    """Map the loop variable of a comprehension to words: "each of cuttings"."""
    if "[" not in step.path:
        return {}
    used = _names_in(call)
    unknown = [name for name in used if name not in step.needs]
    if len(unknown) != 1:
        return {}
    sources = [need for need in step.needs if need not in used]
    if not sources or not all(source.isidentifier() for source in sources):
        return {unknown[0]: f"each {_plain(unknown[0])}"}
    return {unknown[0]: f"each of {_listed(sources)}"}


def _names_in(node: Expression) -> list[str]:
    if isinstance(node, Name):
        return [node.name]
    return list(dict.fromkeys(name for child in children(node) for name in _names_in(child)))


class _Speaker:
    """Describe argument values in words."""

    def __init__(self, each: Mapping[str, str]) -> None:
        self._each = each

    def say(self, node: Expression) -> str:
        match node:
            case Literal(value):
                return show(value)
            case Text(parts):
                return _shortened("".join(_as_written(part) for part in parts))
            case Name(name):
                return self._each.get(name, name)
            case Index(value, Literal(int() as place)) if place in _ORDINALS:
                return f"the {_ORDINALS[place]} of {self.say(value)}"
            case ListOf(items):
                return _listed([self.quote(item) for item in items])
            case Call(function, _) if function not in BUILTINS:
                return f"the result of {_plain(function)}"
            case _:
                return _shortened(format_expression(node))

    def quote(self, node: Expression) -> str:
        return f"“{self.say(node)}”" if isinstance(node, Text) else self.say(node)


def _fill(tool: AnyTool, given: Mapping[str, Expression], speaker: _Speaker) -> str:
    """Fill the arguments into the tool's own template."""
    defaults = {parameter.name: parameter.default for parameter in tool.parameters}

    def keep(part: re.Match[str]) -> str:
        names = WORDS_FIELD.findall(part[1])
        return part[1] if all(_says_something(given.get(name)) for name in names) else ""

    def put(field: re.Match[str]) -> str:
        name, instead = field[2], field[0].strip("“”{}").partition("|")[2]
        value = given.get(name)
        if isinstance(value, Text) and value.parts:
            return f"{field['open']}{speaker.say(value)}{field['close']}"
        if value is not None and _says_something(value):
            return speaker.say(value)
        return instead or _default(defaults[name])

    return _QUOTED_FIELD.sub(put, _OPTIONAL.sub(keep, tool.words))


def _says_something(value: Expression | None) -> bool:
    return value is not None and value not in (Text(()), Literal(None))


def _default(value: Value) -> str:
    return "" if value is None else show(value)


def _from_description(tool: Callee, given: Mapping[str, Expression], speaker: _Speaker) -> str:
    """Describe the call by the tool's description, with arguments for its nouns."""
    sentence = _ASIDE.split(tool.description, maxsplit=1)[0].strip()
    rest = dict(given)
    places: dict[tuple[int, int], str] = {}
    for parameter in tool.parameters:
        if parameter.name not in rest:
            continue
        nouns = _nouns_of(parameter.type).finditer(sentence)
        if found := next((noun for noun in nouns if noun.span() not in places), None):
            places[found.span()] = speaker.quote(rest.pop(parameter.name))
    for (start, end), words in sorted(places.items(), reverse=True):
        sentence = sentence[:start] + words + sentence[end:]
    return sentence + _rest(rest, speaker)


def _nouns_of(kind: Type) -> re.Pattern[str]:
    """Return a pattern of the nouns that descriptions use for this type."""
    nouns = _NOUNS.get(kind.item.name if kind.item else kind.name)
    if nouns is None or kind.choices:
        return _NEVER
    if kind.item:
        return re.compile(rf"\b(?:(?:the|some|several) )?(?:{nouns})s\b")
    return re.compile(rf"\b(?:an?|the) (?:{nouns})\b")


def _rest(given: Mapping[str, Expression], speaker: _Speaker) -> str:
    """Format the arguments that the sentence does not mention."""
    said = [
        speaker.quote(value) if name.isdigit() else f"{_plain(name)}: {speaker.quote(value)}"
        for name, value in given.items()
        if _says_something(value)
    ]
    return f" ({', '.join(said)})" if said else ""


def _as_written(part: str | Expression) -> str:
    return part if isinstance(part, str) else f"{{{format_expression(part)}}}"


def _listed(words: Sequence[str]) -> str:
    if len(words) < 2:
        return words[0] if words else "nothing"
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _shortened(text: str) -> str:
    spaced = " ".join(text.split())
    line = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in spaced
    )
    return line if len(line) <= LONGEST_VALUE else f"{line[: LONGEST_VALUE - 1].rstrip()}…"
