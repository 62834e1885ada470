"""Suggest the tool, name or conversion that was probably intended."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from agent.plan.check.named_plan import Callee
from agent.plan.problems import Problem
from agent.plan.syntax.tree import FILE_KINDS
from tools.sdk.plan_types import Type, accepts, element_of, list_of, required
from tools.sdk.tool import SEED

Tools = Mapping[str, Callee]

_INSTEAD = {
    "print": 'say("…")',
    "int": "round(…)",
    "float": "the number itself",
    "list": "[…]",
    "any": "sum(…) > 0",
    "all": "min(…)",
}
"""Python builtins that plans do not have, and what to write instead."""


def suggest_tool(word: str, tools: Tools) -> str:
    """Return the signatures of the tools most similar to the word."""
    if word in _INSTEAD:
        return _INSTEAD[word]
    scores = {name: _likeness(word, tool) for name, tool in tools.items()}
    best = sorted(scores, key=lambda name: (-scores[name], name))[:2]
    enough = max(0.5, 0.8 * max(scores.values(), default=0.0))
    return " or ".join(tools[name].signature for name in best if scores[name] >= enough)


def _likeness(word: str, tool: Callee) -> float:
    parts = {part for part in word.lower().split("_") if len(part) > 2}
    told = set(re.findall(r"\w+", f"{tool.name.replace('_', ' ')} {tool.description}".lower()))
    shared = sum(bool(difflib.get_close_matches(part, told, n=1, cutoff=0.8)) for part in parts)
    spelled = difflib.SequenceMatcher(None, word.lower(), tool.name).ratio()
    return max(spelled, shared / len(parts) if parts else 0.0)


def suggest_value(
    expected: Type, found: Type, text: str, names: Mapping[str, Type], tools: Tools
) -> str:
    """Suggest names of the expected type, or conversions to it."""
    fitting = [name for name, kind in names.items() if _fits(expected, kind) and name != text]
    converted = [
        f"{tool.name}({text}), which gives {tool.returns}"
        for tool in tools.values()
        if _fits(expected, tool.returns) and _takes_only(tool, found)
    ]
    simple = _suggest_conversion(expected, found, text)
    ways = [*fitting[-2:], *simple, *converted[:2]]
    if not ways and expected.name.lower() in FILE_KINDS:
        return ask_for(expected.name.lower())
    return " or ".join(ways)


def ask_for(kind: str) -> str:
    """Return the command that asks the person for a missing file."""
    return f'say("Please add the {FILE_KINDS[kind]}.")'


def missing_file(problem: Problem) -> str:
    """Return the kind of file that a problem asks for, if any."""
    asked = (word for kind, word in FILE_KINDS.items() if problem.suggestion == ask_for(kind))
    return next(asked, "")


def _suggest_conversion(expected: Type, found: Type, text: str) -> list[str]:
    if expected.name == "Integer" and found.name == "Number":
        return [f"round({text})"]
    if expected.name in ("Integer", "Number") and (found.item or found.name == "Boxes"):
        return [f"len({text})"]
    if expected.name == "Text" and found.name in ("Integer", "Number", "Boolean", "Box", "Boxes"):
        return [f"str({text})"]
    if expected.item and _fits(expected, list_of(found)):
        return [f"[{text}]"]
    if (element := element_of(found)) and _fits(expected, element):
        return [f"{text}[0]"]
    return []


def _fits(expected: Type, found: Type) -> bool:
    """Return whether a known type is accepted; `Any` is not."""
    return found.name != "Any" and accepts(expected, required(found))


def _takes_only(tool: Callee, found: Type) -> bool:
    needed = [parameter for parameter in tool.parameters if parameter.name != SEED]
    if not needed or any(parameter.required for parameter in needed[1:]):
        return False
    return needed[0].type.name != "Any" and accepts(needed[0].type, required(found))
