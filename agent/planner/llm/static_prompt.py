"""Which messages stay the same from request to request, so that their reading can be kept."""

from __future__ import annotations

from collections.abc import Sequence

from langchain_core.messages import BaseMessage

_MARK = "static_until_here"


def mark_static(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """The same messages, the last of them marked as the end of the static part."""
    *earlier, last = messages
    marked = {**last.additional_kwargs, _MARK: True}
    return [*earlier, last.model_copy(update={"additional_kwargs": marked})]


def static_part(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """The messages up to the mark; none if nothing is marked."""
    for position, message in enumerate(messages):
        if message.additional_kwargs.get(_MARK):
            return list(messages[: position + 1])
    return []
