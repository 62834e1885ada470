"""Split long text into chunks that a model can process."""

from __future__ import annotations

import re


def pieces_of(text: str, most_characters: int) -> list[str]:
    """Split text into chunks at paragraphs, else lines, sentences or words.

    Joined again the chunks are the text.
    """
    pieces: list[str] = []
    while len(text) > most_characters:
        end = _last_boundary(text[:most_characters])
        pieces.append(text[:end])
        text = text[end:]
    return [*pieces, text]


def _last_boundary(text: str) -> int:
    for boundary in (r"\n\s*\n", r"\n", r"[.!?…][\"”’)]*\s", r"\s"):
        if cuts := [found.end() for found in re.finditer(boundary, text)]:
            return cuts[-1]
    return len(text)
