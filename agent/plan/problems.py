"""Describe problems of a plan, for the planner and for people."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.plan.plan_limits import LIMITS
from tools.errors import BatutaError


@dataclass(frozen=True, order=True)
class Problem:
    """One problem, its position and how to fix it.

    >>> print(Problem(2, 5, "unknown name", "'appels'", "", "apples"))
    2:5: unknown name: found 'appels'; try apples
    """

    line: int
    column: int
    message: str
    actual: str = ""
    allowed: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        text = f"{self.line}:{self.column}: {self.message}"
        details = [
            f"{word} {detail}"
            for word, detail in (
                ("found", self.actual),
                ("allowed:", self.allowed),
                ("try", self.suggestion),
            )
            if detail
        ]
        return f"{text}: {'; '.join(details)}" if details else text


class PlanError(BatutaError):
    """A plan cannot run; `problems` lists every problem in text order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))[: LIMITS.problems]
        super().__init__("\n".join(str(problem) for problem in self.problems))


def close_matches(word: str, candidates: Iterable[str]) -> str:
    """Return the candidates with similar spelling, joined by "or"."""
    return " or ".join(difflib.get_close_matches(word, sorted(candidates), n=3, cutoff=0.6))


def shorten(text: str) -> str:
    """Shorten a text to one line of at most 60 characters."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}…"
