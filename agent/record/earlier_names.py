"""Names that earlier versions wrote into traces and checkpoints, and their names now.

Files with earlier names are read; only the names of now are written. pydantic models of single
files (conversations, votes, cards, profiles) name their earlier fields as aliases instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_EVENTS: Mapping[str, str] = {
    "Looked": "AttentionShown",
    "Spent": "UsageReported",
    "Answered": "AnswerFinished",
}
_EVENT_FIELDS: Mapping[str, Mapping[str, str]] = {
    "AttentionShown": {"things": "objects", "words": "description"},
    "CommandFinished": {"shown": "result_text"},
}
_CHANNELS: Mapping[str, str] = {
    "said": "messages",
    "ends": "final_names",
    "trouble": "failure_report",
}

_FAILURES = "This could not be done:\n"
"""What the end of an answer began with if it listed failures."""


def current_event(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return an event of a trace under the names of this version."""
    name = content.get("event", "")
    current_name = _EVENTS.get(name, name)
    fields = _rename(content, _EVENT_FIELDS.get(current_name, {}))
    if current_name == "AnswerFinished" and "failures" not in fields:
        # Earlier versions only wrote the failures into the text.
        _, _, failures = fields.get("text", "").partition(_FAILURES)
        fields["failures"] = failures.splitlines()
    return {**fields, "event": current_name}


def current_channels(channels: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a checkpoint holds by channel under the names of this version."""
    return _rename(channels, _CHANNELS)


def current_channel(name: str) -> str:
    """Return the name of a channel of a checkpoint in this version."""
    return _CHANNELS.get(name, name)


def _rename(content: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in content.items()}
