"""Reject texts that must not reach Python's parser.

`ast.parse` recurses on the C stack, warns about invalid escapes and numbers through a filter that
all threads share, and accepts texts of any size. So sizes, brackets, escapes and numbers are
checked first, in one pass over the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.plan.plan_limits import LIMITS
from agent.plan.problems import Problem

_QUOTED_OR_COMMENT = re.compile(
    r"""
    (?P<prefix>\b[A-Za-z]{1,2})?
    (?:
        (?P<long>\"{3}|'{3}) (?P<long_body>(?:\\.|(?!(?P=long)).)*) (?P=long)
        | (?P<quote>["']) (?P<body>(?:\\.|(?!(?P=quote))[^\\\n])*) (?P=quote)
    )
    | \#[^\n]*
    """,
    re.VERBOSE | re.DOTALL,
)
_BAD_ESCAPE = re.compile(r"""\\(?:(?P<bad>[^\n\\'"abfnrtvxuUN0-3])|.)""", re.DOTALL)
_BAD_BYTE_ESCAPE = re.compile(r"(?P<bad>\\).")
_NUMBER_AND_WORD = re.compile(r"(?<![\w.])\.?\d[\w.]*?(?:and|else|for|if|in|is|or|not)\b")
_LONG_NUMBER = re.compile(r"\d{100,}")
_PREFIX_RUN = re.compile(r"(?:(?:[-+~*]|\b(?:not|await|lambda)\b:?)\s*)" f"{{{LIMITS.depth},}}")
_BACKSLASH = re.compile(r"\\")


@dataclass(frozen=True)
class EscapeCheck:
    """A text without invalid escapes, at unchanged positions."""

    text: str
    problems: tuple[Problem, ...]


def find_unreadable(text: str) -> list[Problem]:
    """Return the problems that keep the text from the parser."""
    size = len(text.encode(errors="surrogatepass"))
    if size > LIMITS.plan_bytes:
        allowed = f"{LIMITS.plan_bytes} bytes"
        return [Problem(1, 1, "the plan is too long", f"{size} bytes", allowed)]
    if not text.strip():
        return [Problem(1, 1, "the plan is empty", suggestion='say("…")')]
    for line, content in enumerate(text.split("\n"), 1):
        for column, character in enumerate(content, 1):
            if character == "\t" or (character >= " " and not "\ud800" <= character <= "\udfff"):
                continue
            return [Problem(line, column, "a character not allowed in plans", repr(character))]
    problems: list[Problem] = []
    code = _QUOTED_OR_COMMENT.sub(_blank, text)
    for pattern, message, suggestion in (
        (_NUMBER_AND_WORD, "a number runs into a word", "a space between them"),
        (_LONG_NUMBER, "the number is too large", f"less than {LIMITS.number}"),
        (_BACKSLASH, "a backslash outside of a text", "one command a line"),
        (_PREFIX_RUN, "too many operators in a row", "a shorter expression"),
    ):
        problems += [
            Problem(
                *_line_and_column(text, match.start()), message, repr(match[0][:20]), "", suggestion
            )
            for match in pattern.finditer(code)
        ]
    return problems + _find_deep_brackets(text, code)


def replace_bad_escapes(text: str) -> EscapeCheck:
    """Report each invalid escape and replace it by two other characters."""
    problems: list[Problem] = []
    characters = list(text)
    for quoted in _QUOTED_OR_COMMENT.finditer(text):
        group = "long_body" if quoted["long"] else "body"
        prefix = (quoted["prefix"] or "").lower()
        if not quoted[group] or "r" in prefix:
            continue
        pattern = _BAD_BYTE_ESCAPE if "b" in prefix else _BAD_ESCAPE
        for escape in pattern.finditer(quoted[group]):
            if escape["bad"] is not None:
                offset = quoted.start(group) + escape.start()
                characters[offset : offset + 2] = "__"
                actual, allowed, suggestion = escape[0], '\\n, \\" and \\\\', f"\\{escape[0]}"
                message = "not a valid escape in a text"
                problems.append(
                    Problem(*_line_and_column(text, offset), message, actual, allowed, suggestion)
                )
    return EscapeCheck("".join(characters), tuple(problems))


def count_texts(source: str) -> int:
    """Count the text literals in a part of a plan."""
    return sum(not match[0].startswith("#") for match in _QUOTED_OR_COMMENT.finditer(source))


def _blank(match: re.Match[str]) -> str:
    """Replace a text or comment by as many neutral characters."""
    if match[0].startswith("#"):
        return " " * len(match[0])
    return re.sub(r"[^\n]", "_", match[0])


def _find_deep_brackets(text: str, code: str) -> list[Problem]:
    depth = 0
    for offset, character in enumerate(code):
        depth += (character in "([{") - (character in ")]}")
        if depth > LIMITS.depth:
            position = _line_and_column(text, offset)
            allowed = f"{LIMITS.depth} nested brackets"
            return [Problem(*position, "nested too deeply", "", allowed, "a name for a part of it")]
    return []


def _line_and_column(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, offset - before.rfind("\n")
