"""Recognise plans that answer from knowledge, which a fine-tuned planner does not have.

A small planner knows which tools to call and little of the world. What it would only say, without
a tool and without declining, a larger model answers.
"""

from __future__ import annotations

import re

from agent.plan import CheckedPlan, steps
from agent.plan.syntax.tree import Say, Text

_DECLINES_OR_GREETS = re.compile(
    r"\?$|\b(sorry|cannot|can ?not|can't|no tool|not understand|please (add|give|upload|say|tell)|"
    r"hello|hi|welcome|goodbye|bye|glad|thank you for|batuta|"
    r"lo siento|hola|de nada|añade|désolé|bonjour|de rien|ajoute|leider|hallo|gern|füge|"
    r"mi dispiace|ciao|prego|aggiungi|desculpe|olá)\b",
    re.IGNORECASE,
)
"""Words of the replies that a planner was trained to give itself."""


_NUMBER = re.compile(
    r"\d|\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|"
    r"half|twice|double|third|quarter)\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


def needs_knowledge(plan: CheckedPlan, request: str) -> bool:
    """Return whether a plan without tools answers from what the model knows.

    It says a fixed text that neither declines, asks nor greets, or computes with numbers although
    the request names none.
    """
    if steps(plan) or any(name in plan.text for name in plan.names):
        return False
    if is_plain_answer(plan):
        return True
    computes = re.search(r"\d", _QUOTED.sub("", plan.text)) is not None
    return computes and not _NUMBER.search(request)


def is_plain_answer(plan: CheckedPlan) -> bool:
    """Return whether a plan only says a fixed text that neither declines, asks nor greets."""
    texts = [
        statement.value.parts
        for statement in plan.plan.statements
        if isinstance(statement, Say) and isinstance(statement.value, Text)
    ]
    if steps(plan) or len(texts) != len(plan.plan.statements):
        return False
    words = [part for parts in texts for part in parts]
    if not all(isinstance(part, str) for part in words):
        return False
    return not _DECLINES_OR_GREETS.search(" ".join(map(str, words)).strip())
