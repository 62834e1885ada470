"""Ask about a drawing what its prompt asks for."""

from __future__ import annotations

from tools import tool
from tools.sdk.argument_checks import require_prompt
from tools.signal.drawings.prompt_questions import questions_for


@tool(words="Turn “{prompt}” into questions", internal=True)
def drawing_questions(prompt: str) -> list[str]:
    """Return questions whose answers say whether a picture shows what a prompt asks for.

    >>> questions = drawing_questions("three apples left of a red cup")
    """
    require_prompt(prompt, "to look for", '"three apples"')
    return [question.text for question in questions_for(prompt)]
