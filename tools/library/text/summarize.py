"""Summarise a text."""

from __future__ import annotations

from tools import check_stop, progress, tool
from tools.sdk.argument_checks import require_between
from tools.sdk.text_writer import Writer, render_instruction, require_text
from tools.signal.text_chunks import split_text

LONGEST_TEXT = 200_000
MAX_CHUNK = 6_000
"""In characters, about 1,500 tokens: small models summarise longer chunks badly."""


@tool(words="Summarize {text}[ (sentences: {sentences})]")
def summarize(model: Writer, text: str, sentences: int = 3) -> str:
    """Summarize a long text in a few sentences.

    >>> gist = summarize(read_text(sign), sentences=1)
    """
    require_text(text, LONGEST_TEXT, "summarize it in several parts")
    require_between("sentences", sentences, 1, 20)
    prompt = render_instruction("summarize", sentences=str(sentences))
    while len(chunks := split_text(text, MAX_CHUNK)) > 1:
        summaries: list[str] = []
        for number, chunk in enumerate(chunks, start=1):
            check_stop()
            progress(number / (len(chunks) + 1), f"part {number} of {len(chunks)}")
            # Truncate, so that the loop ends even if a model's summaries are too long.
            summaries.append(model.write(prompt, chunk)[: MAX_CHUNK // 3])
        text = "\n".join(summaries)
    return model.write(prompt, text)
