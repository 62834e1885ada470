"""Answer a question from a text."""

from __future__ import annotations

import re

from tools import tool
from tools.sdk.argument_checks import require_question
from tools.sdk.text_writer import Writer, render_instruction, require_text
from tools.signal.passages import relevant_sentences

LONGEST_TEXT = 12_000
_NOT_SAID = re.compile(
    r"\b(not|no)\b.{0,40}\b(say|said|mention|state|specif|provid|inform|contain|given|text)"
    r"|n't (say|mention|state|specify|provide|contain|give)"
    r"|nicht (gesagt|genannt|erwähnt|angegeben)|sagt .*nicht|ne (dit|mentionne|précise)"
    r"|no (dice|menciona|especifica)|non (dice|menziona|specifica)",
    re.IGNORECASE,
)
"""An answer that may mean that the text does not say it."""
_ASKS_FOR_NUMBER = re.compile(
    r"\b(how (much|many|old)|what\b.*\b(price|cost|costs))\b", re.IGNORECASE
)
_NUMBER = re.compile(
    r"\d|\b(zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen"
    r"|(thir|four|fif|six|seven|eigh|nine)teen|(twen|thir|for|fif|six|seven|eigh|nine)ty"
    r"|hundred|thousand|million|half|both|couple|free|none|nobody|no)\b",
    re.IGNORECASE,
)
_NO_NUMBER = "The text does not say."


@tool(words="Answer “{question}” from {text}")
def answer_from(model: Writer, text: str, question: str) -> str:
    """Answer a question from a text that was read, heard or given, and from nothing else.

    >>> time = answer_from(read_text(sign), "When does the box office open?")
    """
    require_text(text, LONGEST_TEXT, "summarize it first, or give the part that matters")
    require_question(question, 'answer_from(words, "Who is it for?")')
    instruction = render_instruction("answer_from", question=question.strip())
    # What the question is about comes first: a small model reads it sooner, and an order somewhere
    # else in the text does not reach it.
    passage = relevant_sentences(text, question)
    answer = model.write(instruction, passage)
    if passage != text and _NOT_SAID.search(answer):
        answer = model.write(instruction, text)
    # A small model tells the price of a text without one, in whatever word stands out.
    if _ASKS_FOR_NUMBER.search(question) and not _NUMBER.search(answer):
        return answer if _NOT_SAID.search(answer) else _NO_NUMBER
    return answer
