"""Check that the result of a tool can be stored, shown and read again."""

from __future__ import annotations

from typing import cast

import PIL.Image

from tools.errors import ToolError
from tools.media import Image
from tools.sdk.plan_types import Value

MAX_DIGITS = 18
"""Digits of an integer; checkpoints hold 64 bits."""
MAX_CHARACTERS = 10_000_000
MAX_ITEMS = 100_000
MAX_PIXELS = PIL.Image.MAX_IMAGE_PIXELS or 89_478_485
"""Pixels of an image; Pillow does not open files with twice as many."""


def check_result(tool: str, value: Value) -> None:
    """Raise ToolError if the result of a tool is too large or no valid text."""
    if isinstance(value, list):
        items = cast("list[Value]", value)
        if len(items) > MAX_ITEMS:
            raise _too_large(tool, f"a list of {len(items):,} items", f"{MAX_ITEMS:,}")
        for item in items:
            check_result(tool, item)
    elif isinstance(value, int) and abs(value) >= 10**MAX_DIGITS:
        digits = int(value.bit_length() * 0.30103)
        raise _too_large(tool, f"a number of about {digits:,} digits", f"{MAX_DIGITS}")
    elif isinstance(value, str):
        _check_text(tool, value)
    elif isinstance(value, Image) and value.width * value.height > MAX_PIXELS:
        size = f"{value.width:,}×{value.height:,}"
        raise _too_large(tool, f"an image of {size} pixels", f"{MAX_PIXELS:,}")


def _check_text(tool: str, text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        raise _too_large(tool, f"a text of {len(text):,} characters", f"{MAX_CHARACTERS:,}")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ToolError(
            f"{tool} returned a text that is not valid Unicode: "
            f"character {error.start:,} is {text[error.start]!r}",
            hint="this is a bug in the tool: decode bytes with errors='replace'",
        ) from error


def _too_large(tool: str, result: str, limit: str) -> ToolError:
    return ToolError(
        f"{tool} returned {result}; {limit} are allowed",
        hint="ask for a smaller result, or correct the tool",
    )
