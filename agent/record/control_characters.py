"""Escape control characters in text from models, files and tools."""

from __future__ import annotations

import json
import re
from typing import Any

# Control characters except line feed and tab, characters that change the text direction, and
# halves of surrogate pairs, which have no UTF-8.
_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_CONTROL_PICTURES = 0x2400
_DELETE, _DELETE_PICTURE = "\x7f", "\N{SYMBOL FOR DELETE}"


def visible(text: str) -> str:
    """Replace each control character by its Unicode control picture."""
    return _UNSAFE.sub(lambda match: _picture(match[0]), text)


def json_text(content: Any, indent: int | None = None) -> str:
    """Return JSON with control characters escaped, safe to print on a terminal."""
    text = json.dumps(content, ensure_ascii=False, indent=indent)
    # json.dumps escapes only control characters below U+0020.
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _picture(character: str) -> str:
    if character < " ":
        return chr(_CONTROL_PICTURES + ord(character))
    return _DELETE_PICTURE if character == _DELETE else "\N{REPLACEMENT CHARACTER}"
