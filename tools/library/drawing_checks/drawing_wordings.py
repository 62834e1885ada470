"""Word a prompt for each of several tries to draw it."""

from __future__ import annotations

from tools import BadArgument, tool
from tools.sdk.argument_checks import require_between, require_prompt
from tools.signal.drawings.prompt_parser import parse_prompt
from tools.signal.drawings.prompt_wording import plain_prompt, stress_numbers

MAX_TRIES = 8
"""As many as agent/plans/draw_checked.plan has."""


@tool(words="Word “{prompt}” for {tries} tries", internal=True)
def drawing_wordings(prompt: str, tries: int = 4) -> list[str]:
    """Word a prompt for each try to draw it: in plain words, or else with its numbers stressed.

    Plain words replace only a prompt that was read completely.

    >>> wordings = drawing_wordings("could you sketch six apples for me?", 3)
    """
    require_prompt(prompt, "to draw", '"six apples"')
    require_between("tries", tries, 1, MAX_TRIES)
    claims = parse_prompt(prompt)
    if not claims.objects and not claims.background:
        raise BadArgument(
            f"no drawing of {prompt[:60]!r} can be checked: it names no things, and no colour of "
            "the background",
            hint='draw it without a check, with draw(…), or say what has to be on it: "two dogs"',
        )
    if plain := plain_prompt(prompt):
        return [plain] * tries
    return [prompt, *[stress_numbers(prompt)] * (tries - 1)]
