"""Type hints for the JSON schemas of another server's tools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, cast

from agent.mcp.untrusted_text import clean_text
from tools.media import Audio, Image

_SCALARS: Mapping[str, object] = {"string": str, "number": float, "integer": int, "boolean": bool}
_MAX_CHOICES = 50
_CHOICE_CHARACTERS = 60


def hint_of_schema(schema: object) -> object | None:
    """Return the type hint of a schema; None if plans have no such type."""
    if not isinstance(schema, dict):
        return None
    fields = cast("dict[str, Any]", schema)
    if "anyOf" in fields or isinstance(fields.get("type"), list):
        return _optional_hint(fields)
    if "const" in fields:
        return _choices([fields["const"]])
    if "enum" in fields:
        return _choices(fields["enum"])
    kind = fields.get("type")
    if kind == "array":
        item = hint_of_schema(fields.get("items"))
        # A list of choices or of optional values is no type of the plan language.
        return list[item] if item in (*_SCALARS.values(), Image, Audio) else None
    if kind == "string" and fields.get("contentEncoding") == "base64":
        media_type = str(fields.get("contentMediaType", ""))
        if media_type in ("image/png", "image/*"):
            return Image
        if media_type in ("audio/wav", "audio/*"):
            return Audio
    return _SCALARS.get(kind) if isinstance(kind, str) else None


def _optional_hint(fields: Mapping[str, Any]) -> object | None:
    """Return the hint of the one alternative that is not null."""
    alternatives: list[Any] = fields.get("anyOf") or [
        {**fields, "type": kind} for kind in fields["type"]
    ]
    others = [
        other
        for other in alternatives
        if not (isinstance(other, dict) and cast("dict[str, Any]", other).get("type") == "null")
    ]
    return hint_of_schema(others[0]) if len(others) == 1 else None


def _choices(values: object) -> object | None:
    """Return a Literal of the choices; these texts appear in prompts."""
    choices = cast("list[Any]", values) if isinstance(values, list) else []
    if not choices or not all(isinstance(choice, str) for choice in choices):
        return None
    are_safe = len(choices) <= _MAX_CHOICES and all(
        choice == clean_text(choice, _CHOICE_CHARACTERS) and '"' not in choice for choice in choices
    )
    return Literal[tuple(choices)] if are_safe else str
