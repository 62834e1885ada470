"""Parse the `{name}` placeholders in a text."""

from __future__ import annotations

import keyword
import re
import unicodedata
from dataclasses import dataclass

from agent.plan.plan_limits import LIMITS
from agent.plan.problems import Problem, shorten
from agent.plan.syntax.tree import Index, Literal, Name, Position

_PIECE = re.compile(r"(?P<plain>[^{}]+)|(?P<brace>\{\{|\}\})|\{(?P<inside>[^{}]*)\}|[{}]")
_REFERENCE = re.compile(rf"\s*(\w+)((?:\[-?\d{{1,9}}\]){{0,{LIMITS.depth}}})\s*")


@dataclass(frozen=True)
class Placeholders:
    parts: tuple[str | Name | Index, ...]
    problems: tuple[Problem, ...]


def read_placeholders(text: str, at: Position) -> Placeholders:
    """Split a text into words and placeholders; `{{` and `}}` are braces."""
    parts: list[str | Name | Index] = []
    problems: list[Problem] = []
    words = ""
    for piece in _PIECE.finditer(text):
        if piece["plain"] or piece["brace"]:
            words += piece["plain"] or piece["brace"][0]
            continue
        reference = _read_reference(piece["inside"] or "", at)
        if reference is None:
            problems.append(_explain(piece, at))
            continue
        if words:
            parts.append(words)
            words = ""
        parts.append(reference)
    if words:
        parts.append(words)
    return Placeholders(tuple(parts), tuple(problems))


def _read_reference(content: str, at: Position) -> Name | Index | None:
    match = _REFERENCE.fullmatch(content)
    if not match or not match[1].isidentifier() or keyword.iskeyword(match[1]):
        return None
    # Python normalizes names outside of texts the same way.
    reference: Name | Index = Name(unicodedata.normalize("NFKC", match[1]), at=at)
    for index in re.findall(r"-?\d+", match[2]):
        reference = Index(reference, Literal(int(index), at=at), at=at)
    return reference


def _explain(piece: re.Match[str], at: Position) -> Problem:
    content = piece["inside"]
    if content is None:
        brace = piece[0]
        return Problem(at.line, at.column, "a lone brace in a text", brace, "", brace * 2)
    suggestion = f"value = {shorten(content)} on a line before, then {{value}}"
    if not content.strip():
        suggestion = "{{}} for the braces themselves"
    message = "only a name is allowed in braces"
    return Problem(at.line, at.column, message, shorten(piece[0]), "{name}, {name[0]}", suggestion)
