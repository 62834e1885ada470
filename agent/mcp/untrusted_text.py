"""Make texts of other servers safe to show to a language model and to people."""

from __future__ import annotations

import re
import unicodedata

DESCRIPTION_CHARACTERS = 300
_NAME_CHARACTERS = 60

# What prompts and plans are structured by: tags, fields, code, and examples of a docstring.
_STRUCTURE = str.maketrans({"{": "(", "}": ")", "<": "(", ">": ")", "`": "'", "$": " "})


def clean_text(text: str, length: int = DESCRIPTION_CHARACTERS) -> str:
    """Return the text as one line without structure or control characters, cut to a length."""
    characters = (
        character if unicodedata.category(character)[0] not in "CZ" else " " for character in text
    )
    line = " ".join("".join(characters).translate(_STRUCTURE).split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def identifier(text: str, fallback: str) -> str:
    """Return a name in lower case that plans can use."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", ascii_text).strip("_")[:_NAME_CHARACTERS]
    return name if re.match("[a-z]", name) else fallback
