"""Word a prompt that a detector can check for each of several tries to draw it."""

from __future__ import annotations

from tools import BadArgument, tool
from tools.library.drawing_checks.prompt_wordings import prompt_wordings
from tools.signal.drawings.prompt_parser import parse_prompt


@tool(words="Word “{prompt}” for {tries} tries", internal=True)
def drawing_wordings(prompt: str, tries: int = 4) -> list[str]:
    """Word a prompt as `prompt_wordings` does, and refuse one that no detector can check.

    >>> wordings = drawing_wordings("could you sketch six apples for me?", 3)
    """
    wordings = prompt_wordings(prompt, tries)
    claims = parse_prompt(prompt)
    if not claims.objects and not claims.background:
        raise BadArgument(
            f"no drawing of {prompt[:60]!r} can be checked by a detector: it names no things, and "
            "no colour of the background",
            hint="draw it without a check, with draw(…), ask a vision model about it, with "
            'draw_with_questions(…), or say what has to be on it: "two dogs"',
        )
    return wordings
