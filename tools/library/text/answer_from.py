"""Answer a question from a text."""

from __future__ import annotations

from tools import tool
from tools.sdk.argument_checks import require_question
from tools.sdk.text_writer import Writer, render_instruction, require_text

LONGEST_TEXT = 12_000


@tool(words="Answer “{question}” from {text}")
def answer_from(model: Writer, text: str, question: str) -> str:
    """Answer a question from a text that was read, heard or given, and from nothing else.

    >>> time = answer_from(read_text(sign), "When does the box office open?")
    """
    require_text(text, LONGEST_TEXT, "summarize it first, or give the part that matters")
    require_question(question, 'answer_from(words, "Who is it for?")')
    return model.write(render_instruction("answer_from", question=question.strip()), text)
