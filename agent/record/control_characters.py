"""Control characters in what a model, a file or a tool says, made visible."""

from __future__ import annotations

import json
import re
from typing import Any

# Control characters but line feed and tab, and those that turn the direction of writing round.
_UNSAFE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROL_PICTURES = 0x2400
_DELETE, _DELETE_PICTURE = "\x7f", "\N{SYMBOL FOR DELETE}"


def visible(text: str) -> str:
    """Return the text with a picture in the place of each control character."""
    return _UNSAFE.sub(lambda match: _picture(match[0]), text)


def json_text(content: Any, indent: int | None = None) -> str:
    """Return JSON that other programs read and that is harmless on a terminal."""
    text = json.dumps(content, ensure_ascii=False, indent=indent)
    # JSON escapes only those below a space.
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _picture(character: str) -> str:
    if character < " ":
        return chr(_CONTROL_PICTURES + ord(character))
    return _DELETE_PICTURE if character == _DELETE else "\N{REPLACEMENT CHARACTER}"
