"""Split long text into chunks that a model can process."""

from __future__ import annotations

import re


def split_text(text: str, max_characters: int) -> list[str]:
    """Split text into chunks at paragraphs, else lines, sentences or words.

    Joined again the chunks are the text.
    """
    chunks: list[str] = []
    while len(text) > max_characters:
        end = _last_boundary(text[:max_characters])
        chunks.append(text[:end])
        text = text[end:]
    return [*chunks, text]


def _last_boundary(text: str) -> int:
    for boundary in (r"\n\s*\n", r"\n", r"[.!?…][\"”’)]*\s", r"\s"):
        if cuts := [match.end() for match in re.finditer(boundary, text)]:
            return cuts[-1]
    return len(text)
