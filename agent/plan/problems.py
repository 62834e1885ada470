"""What is wrong with a plan, in the words that the planner and the person both read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agent.plan.plan_limits import LIMITS
from tools.errors import BatutaError


@dataclass(frozen=True, order=True)
class Problem:
    """One fault, where it stands, and how to mend it.

    >>> print(Problem(2, 5, "unknown name", "'appels'", "", "apples"))
    2:5: unknown name: found 'appels'; try apples
    """

    line: int
    column: int
    message: str
    found: str = ""
    allowed: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        text = f"{self.line}:{self.column}: {self.message}"
        details = [
            f"{word} {detail}"
            for word, detail in (
                ("found", self.found),
                ("allowed:", self.allowed),
                ("try", self.suggestion),
            )
            if detail
        ]
        return f"{text}: {'; '.join(details)}" if details else text


class PlanError(BatutaError):
    """A plan that cannot run, with every problem it has, in the order of the text."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))[: LIMITS.problems]
        super().__init__("\n".join(str(problem) for problem in self.problems))


def near(word: str, known: Iterable[str]) -> str:
    """The known words that look like this one, as a suggestion."""
    return " or ".join(difflib.get_close_matches(word, sorted(known), n=3, cutoff=0.6))


def shorten(text: str) -> str:
    """The text as it is quoted in a message."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}…"
