"""Error messages for people without a command line."""

from __future__ import annotations


def friendly_error(error: str) -> tuple[str, str]:
    """Split an error into message and hint, reworded for the chat."""
    message, _, hint = error.partition("\nhint: ")
    for phrase, replacement in _REPLACEMENTS.items():
        hint = hint.replace(phrase, replacement)
    message = message.strip()
    return message[:1].upper() + message[1:], hint.strip()


_REPLACEMENTS = {
    "add it with --file": "attach it to your request and ask again",
    "give the request again with: batuta run": "ask again",
    "see which profiles have one with: batuta models": "choose another profile in the side panel",
    "or choose another language model with --llm": "or choose another language model",
    "or choose another with --llm": "or choose another language model",
    " and that --llm names it rightly": "",
}
