"""Summarise a text."""

from __future__ import annotations

from tools import check_stop, progress, tool
from tools.sdk.argument_checks import require_between
from tools.sdk.text_writer import Writer, instruction, require_words
from tools.signal.text_chunks import split_text

LONGEST_TEXT = 200_000
LONGEST_PIECE = 6_000
"""In characters, about 1,500 tokens: small models summarise longer chunks badly."""


@tool(words="Summarize {text}[ (sentences: {sentences})]")
def summarize(model: Writer, text: str, sentences: int = 3) -> str:
    """Summarize a long text in a few sentences.

    >>> gist = summarize(read_text(sign), sentences=1)
    """
    require_words(text, LONGEST_TEXT, "summarize it in several parts")
    require_between("sentences", sentences, 1, 20)
    told = instruction("summarize", sentences=str(sentences))
    while len(pieces := split_text(text, LONGEST_PIECE)) > 1:
        gists: list[str] = []
        for number, piece in enumerate(pieces, start=1):
            check_stop()
            progress(number / (len(pieces) + 1), f"part {number} of {len(pieces)}")
            # Truncate, so that the loop ends even if a model's summaries are too long.
            gists.append(model.write(told, piece)[: LONGEST_PIECE // 3])
        text = "\n".join(gists)
    return model.write(told, text)
