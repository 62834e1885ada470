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

_REPLACEMENTS = {
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
    if word in _REPLACEMENTS:
        return _REPLACEMENTS[word]
    scores = {name: _similarity(word, tool) for name, tool in tools.items()}
    best = sorted(scores, key=lambda name: (-scores[name], name))[:2]
    threshold = max(0.5, 0.8 * max(scores.values(), default=0.0))
    return " or ".join(tools[name].signature for name in best if scores[name] >= threshold)


def _similarity(word: str, tool: Callee) -> float:
    parts = {part for part in word.lower().split("_") if len(part) > 2}
    tool_words = set(
        re.findall(r"\w+", f"{tool.name.replace('_', ' ')} {tool.description}".lower())
    )
    match_count = sum(
        bool(difflib.get_close_matches(part, tool_words, n=1, cutoff=0.8)) for part in parts
    )
    spelling_ratio = difflib.SequenceMatcher(None, word.lower(), tool.name).ratio()
    return max(spelling_ratio, match_count / len(parts) if parts else 0.0)


def suggest_value(
    expected: Type, actual: Type, text: str, names: Mapping[str, Type], tools: Tools
) -> str:
    """Suggest names of the expected type, or conversions to it."""
    matching_names = [
        name for name, kind in names.items() if _fits(expected, kind) and name != text
    ]
    tool_calls = [
        f"{tool.name}({text}), which gives {tool.returns}"
        for tool in tools.values()
        if _fits(expected, tool.returns) and _accepts_alone(tool, actual)
    ]
    conversions = _suggest_conversion(expected, actual, text)
    suggestions = [*matching_names[-2:], *conversions, *tool_calls[:2]]
    if not suggestions and expected.name.lower() in FILE_KINDS:
        return ask_for_file(expected.name.lower())
    return " or ".join(suggestions)


def ask_for_file(kind: str) -> str:
    """Return the command that asks the person for a missing file."""
    return f'say("Please add the {FILE_KINDS[kind]}.")'


def missing_file(problem: Problem) -> str:
    """Return the kind of file that a problem asks for, if any."""
    kinds = (word for kind, word in FILE_KINDS.items() if problem.suggestion == ask_for_file(kind))
    return next(kinds, "")


def _suggest_conversion(expected: Type, actual: Type, text: str) -> list[str]:
    if expected.name == "Integer" and actual.name == "Number":
        return [f"round({text})"]
    if expected.name in ("Integer", "Number") and (actual.item or actual.name == "Boxes"):
        return [f"len({text})"]
    if expected.name == "Text" and actual.name in ("Integer", "Number", "Boolean", "Box", "Boxes"):
        return [f"str({text})"]
    if expected.item and _fits(expected, list_of(actual)):
        return [f"[{text}]"]
    if (element := element_of(actual)) and _fits(expected, element):
        return [f"{text}[0]"]
    return []


def _fits(expected: Type, actual: Type) -> bool:
    """Return whether a known type is accepted; `Any` is not."""
    return actual.name != "Any" and accepts(expected, required(actual))


def _accepts_alone(tool: Callee, actual: Type) -> bool:
    parameters = [parameter for parameter in tool.parameters if parameter.name != SEED]
    if not parameters or any(parameter.required for parameter in parameters[1:]):
        return False
    return parameters[0].type.name != "Any" and accepts(parameters[0].type, required(actual))
