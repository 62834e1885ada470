"""What a tool of LangChain returns, as a value of a plan."""

from __future__ import annotations

import base64
import binascii
import json
import typing
from collections.abc import Mapping
from typing import Any, cast

import PIL.Image
from langchain_core.documents import Document
from langchain_core.messages import ToolMessage
from langchain_core.tools import BaseTool
from pydantic import BaseModel

from tools.errors import InputError, ToolError
from tools.media import Image, Media
from tools.media.open_untrusted import open_media
from tools.sdk.plan_types import Value, type_of_hint

TEXT_CHARACTERS = 100_000
_MEDIA_BLOCKS = ("image", "audio", "video", "file")


def result_hint(base_tool: BaseTool) -> Any:
    """Return the type hint of the result, Any if it is no type of plans."""
    function: Any = (
        getattr(base_tool, "func", None)
        or getattr(base_tool, "coroutine", None)
        or type(base_tool)._run  # pyright: ignore[reportPrivateUsage]
    )
    try:
        hint = typing.get_type_hints(function).get("return", Any)
        hint = Image if hint is PIL.Image.Image else hint
        type_of_hint(hint)
    except (NameError, TypeError):
        return Any
    is_text = hint is str and base_tool.response_format == "content"
    return hint if is_text or hint is not str else Any


def value_of_output(output: Any) -> Value:
    """Return what a tool of LangChain returned: values, media of content blocks, or text."""
    match output:
        case ToolMessage(artifact=Media() | PIL.Image.Image() as medium):
            return value_of_output(medium)
        case ToolMessage(content=content):
            return value_of_output(content)
        case str():
            return output[:TEXT_CHARACTERS]
        case None | bool() | int() | float() | Media():
            return output
        case PIL.Image.Image():
            return Image(output)
        case Document(page_content=text):
            return text[:TEXT_CHARACTERS]
        case list():
            return _list_value(cast("list[Any]", output))
        case tuple():
            return _list_value(list(cast("tuple[Any, ...]", output)))
        case BaseModel():
            return output.model_dump_json()[:TEXT_CHARACTERS]
        case _:
            return json.dumps(output, ensure_ascii=False, default=str)[:TEXT_CHARACTERS]


def _list_value(items: list[Any]) -> Value:
    if not items or not all(isinstance(item, dict) and "type" in item for item in items):
        return [value_of_output(item) for item in items]
    blocks = ToolMessage(content=items, tool_call_id="batuta").content_blocks
    media = [_medium(block) for block in blocks if block["type"] in _MEDIA_BLOCKS]
    if media:
        return media[0] if len(media) == 1 else media
    texts = [str(block.get("text", "")) for block in blocks if block["type"] == "text"]
    return "\n".join(texts)[:TEXT_CHARACTERS]


def _medium(block: Mapping[str, Any]) -> Media | str:
    """Decode the medium of a content block like an upload; addresses are not opened."""
    data = block.get("base64")
    if not isinstance(data, str):
        raise ToolError(
            f"the result has {block['type']!r} without content, as an address or an id",
            hint="a tool must return its media as base64",
        )
    try:
        return open_media(base64.b64decode(data, validate=True), "the result")
    except (binascii.Error, InputError) as error:
        raise ToolError(
            f"the {block['type']} of the result cannot be used: {error}",
            hint="a tool must return an image, audio, video or document as base64",
        ) from error
