"""The public API of tools: the `@tool` decorator, media types, models and errors."""

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
