"""Judge a drawing by the answers to questions about it."""

from __future__ import annotations

from tools import BadArgument, tool
from tools.signal.drawings.prompt_questions import questions_for


@tool(words="Compare the answers {answers} with “{prompt}”", internal=True)
def answer_faults(prompt: str, answers: list[str]) -> list[str]:
    """Say what of a prompt a picture does not show, by the answers to `drawing_questions`.

    >>> faults = answer_faults("two red cups", ["3", "red"])
    """
    questions = questions_for(prompt)
    if len(answers) != len(questions):
        raise BadArgument(
            f"there are {len(questions)} questions about {prompt[:60]!r} and {len(answers)} "
            "answers",
            hint="give one answer for each question of drawing_questions, in order",
        )
    faults = map(lambda question, answer: question.fault(answer), questions, answers)
    return list(filter(None, faults))
