"""Select a part of an image by its position."""

from __future__ import annotations

from typing import Literal

from tools import Box, Image, tool

Where = Literal[
    "left", "right", "top", "bottom", "middle", "top left", "top right", "bottom left",
    "bottom right",
]  # fmt: skip


@tool(words="Take the {where} of {image}")
def area(image: Image, where: Where) -> Box:
    """The box of a picture's left, right, top or bottom half, corner or middle: to crop or change.

    >>> left_half = crop(photo, area(photo, "left"))
    """
    left, right = _span(where, "left", "right", image.width)
    top, bottom = _span(where, "top", "bottom", image.height)
    return Box(left, top, right, bottom)


def _span(where: Where, start: str, end: str, length: int) -> tuple[int, int]:
    half = max(1, length // 2)
    if start in where:
        return 0, half
    if end in where:
        return length - half, length
    if where == "middle":
        return (length - half) // 2, (length - half) // 2 + half
    return 0, length
