"""Error messages for people without a command line."""

from __future__ import annotations

from tools.errors import BatutaError, split_hint


def friendly_error(error: str, page_hint: str = "") -> tuple[str, str]:
    """Split an error into its message and the hint for the page."""
    message, hint = map(str.strip, split_hint(error))
    return message[:1].upper() + message[1:], page_hint or hint


def page_text(error: BatutaError) -> str:
    """Return the text of an error with the hint for the page."""
    return f"{error.message}\nhint: {error.page_hint}" if error.page_hint else error.message
