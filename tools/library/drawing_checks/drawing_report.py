"""Report how many tries a drawing took, and what is missing on it."""

from __future__ import annotations

from tools import BadArgument, tool
from tools.signal.drawings.prompt_parser import parse_prompt
from tools.signal.drawings.prompt_wording import describe_claims


@tool(words="Report the result of {tries} tries at most", internal=True)
def drawing_report(
    prompt: str, faults: list[list[str]], tries: int, checker: str = "detector"
) -> str:
    """Say how many tries a drawing took, what was checked on it, and what is missing.

    >>> report = drawing_report("a dog", [["no dog"], []], 4)
    """
    if not faults:
        raise BadArgument(
            "there is no drawing to report on",
            hint="give the faults of each drawing, from drawing_faults",
        )
    fewest = min(faults, key=len)
    if not fewest:
        number = f"Drawing {len(faults)} of at most {tries}" if tries > 1 else "The drawing"
        checked = "; ".join(describe_claims(parse_prompt(prompt))) or prompt.strip().rstrip(".")
        return f"{number} shows what was asked for, as far as the {checker} sees: {checked}."
    missing = "; ".join(fewest)
    if len(faults) == 1:
        return f"The drawing is not quite what was asked for. The check finds: {missing}."
    return (
        f"None of {len(faults)} drawings is quite what was asked for. On this one, the best, the "
        f"check finds: {missing}."
    )
