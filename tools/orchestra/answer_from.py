"""Answer a question from a text."""

from __future__ import annotations

from tools import BadArgument, tool
from tools.writer import Writer, instruction, require_words

LONGEST_TEXT = 12_000


@tool
def answer_from(model: Writer, text: str, question: str) -> str:
    """Answer a question from a text that was read, heard or given, and from nothing else.

    >>> time = answer_from(read_text(sign), "When does the box office open?")
    """
    require_words(text, LONGEST_TEXT, "summarize it first, or give the part that matters")
    if not question.strip():
        raise BadArgument(
            "the question is empty", hint='ask one, as in answer_from(words, "Who is it for?")'
        )
    return model.write(instruction("answer_from", question=question.strip()), text)
