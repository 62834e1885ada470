"""The public API of tools: the `@tool` decorator, media types, models and errors.

A name is imported when it is first used: without images and sounds the command line starts in a
third of the time.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tools.errors import BadArgument, OutOfMemory, ToolError, TransientError
    from tools.media import (
        Audio,
        Box,
        Boxes,
        Document,
        Embedding,
        Image,
        Mask,
        Points,
        Region,
        Table,
        Video,
    )
    from tools.sdk.call_context import check_stop, progress
    from tools.sdk.model import Model
    from tools.sdk.tool import Tool, tool

_MODULES = {
    "tools.errors": ("BadArgument", "OutOfMemory", "ToolError", "TransientError"),
    "tools.sdk.call_context": ("check_stop", "progress"),
    "tools.sdk.model": ("Model",),
    "tools.sdk.tool": ("Tool", "tool"),
}
_MEDIA = "tools.media"

__all__ = [
    "Audio",
    "BadArgument",
    "Box",
    "Boxes",
    "Document",
    "Embedding",
    "Image",
    "Mask",
    "Model",
    "OutOfMemory",
    "Points",
    "Region",
    "Table",
    "Tool",
    "ToolError",
    "TransientError",
    "Video",
    "check_stop",
    "progress",
    "tool",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = next((module for module, names in _MODULES.items() if name in names), _MEDIA)
    value = globals()[name] = getattr(importlib.import_module(module), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
