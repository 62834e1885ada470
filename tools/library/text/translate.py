"""Translate a text."""

from __future__ import annotations

from tools import BadArgument, check_stop, progress, tool
from tools.sdk.text_writer import Writer, render_instruction, require_text
from tools.signal.text_chunks import split_text

LONGEST_TEXT = 50_000
MAX_CHUNK = 1_200
"""In characters: a chunk and its translation fit into one response of a small model."""


@tool(words="Translate {text} into {language}")
def translate(model: Writer, text: str, language: str) -> str:
    """Translate a text that was read or heard into a language, such as "French".

    >>> french = translate(read_text(sign), "French")
    """
    require_text(text, LONGEST_TEXT, "translate it in several parts, or summarize it first")
    require_language(language)
    prompt = render_instruction("translate", language=language.strip())
    chunks = split_text(text, MAX_CHUNK)
    translations: list[str] = []
    for number, chunk in enumerate(chunks, start=1):
        check_stop()
        progress((number - 1) / len(chunks), f"part {number} of {len(chunks)}")
        # Whitespace between chunks is kept.
        stripped = chunk.strip()
        whitespace = chunk[len(chunk.rstrip()) :]
        translations.append(
            model.write(prompt, stripped).strip() + whitespace if stripped else chunk
        )
    return "".join(translations).strip()


def require_language(language: str) -> None:
    """Refuse what cannot be the name of a language."""
    if not language.strip() or len(language) > 40:
        raise BadArgument(
            f"{language[:60]!r} is not the name of a language",
            hint='name one, as in translate(words, "Spanish")',
        )
