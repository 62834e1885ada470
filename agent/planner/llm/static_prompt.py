"""Mark the static prefix of messages, so that models can cache it."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.messages import BaseMessage

_MARK = "static_until_here"


def mark_static(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Mark the last message as the end of the static part."""
    *earlier, last = messages
    marked = {**last.additional_kwargs, _MARK: True}
    return [*earlier, last.model_copy(update={"additional_kwargs": marked})]


def static_part(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Return the messages up to the mark, or none."""
    for position, message in enumerate(messages):
        if message.additional_kwargs.get(_MARK):
            return list(messages[: position + 1])
    return []
