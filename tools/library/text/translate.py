"""Translate a text."""

from __future__ import annotations

from tools import BadArgument, check_stop, progress, tool
from tools.sdk.text_writer import Writer, instruction, require_words
from tools.signal.text_chunks import split_text

LONGEST_TEXT = 50_000
LONGEST_PIECE = 1_200
"""In characters: a chunk and its translation fit into one response of a small model."""


@tool(words="Translate {text} into {language}")
def translate(model: Writer, text: str, language: str) -> str:
    """Translate a text that was read or heard into a language, such as "French".

    >>> french = translate(read_text(sign), "French")
    """
    require_words(text, LONGEST_TEXT, "translate it in several parts, or summarize it first")
    if not language.strip() or len(language) > 40:
        raise BadArgument(
            f"{language[:60]!r} is not the name of a language",
            hint='name one, as in translate(words, "Spanish")',
        )
    told = instruction("translate", language=language.strip())
    pieces = split_text(text, LONGEST_PIECE)
    written: list[str] = []
    for number, piece in enumerate(pieces, start=1):
        check_stop()
        progress((number - 1) / len(pieces), f"part {number} of {len(pieces)}")
        # Whitespace between chunks is kept.
        kept = piece.strip()
        end = piece[len(piece.rstrip()) :]
        written.append(model.write(told, kept).strip() + end if kept else piece)
    return "".join(written).strip()
