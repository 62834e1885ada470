"""Word any prompt for each of several tries to draw it."""

from __future__ import annotations

from tools import tool
from tools.sdk.argument_checks import require_between, require_prompt
from tools.signal.drawings.prompt_wording import plain_prompt, stress_numbers

MAX_TRIES = 8
"""As many as the named plans draw_checked and draw_with_questions have."""


@tool(words="Word “{prompt}” for {tries} tries", internal=True)
def prompt_wordings(prompt: str, tries: int = 4) -> list[str]:
    """Word a prompt for each try to draw it: in plain words, or else with its numbers stressed.

    Plain words replace only a prompt that was read completely.

    >>> wordings = prompt_wordings("could you sketch six apples for me?", 3)
    """
    require_prompt(prompt, "to draw", '"six apples"')
    require_between("tries", tries, 1, MAX_TRIES)
    if plain := plain_prompt(prompt):
        return [plain] * tries
    return [prompt, *[stress_numbers(prompt)] * (tries - 1)]
