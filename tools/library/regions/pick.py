"""Choose one of several boxes by size or position."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from tools import BadArgument, Box, Boxes, tool

Which = Literal["largest", "smallest", "leftmost", "rightmost", "topmost", "bottommost"]

MEASURES: Mapping[Which, Callable[[Box], float]] = {
    "largest": lambda box: -box.area,
    "smallest": lambda box: box.area,
    "leftmost": lambda box: box.left + box.right,
    "rightmost": lambda box: -box.left - box.right,
    "topmost": lambda box: box.top + box.bottom,
    "bottommost": lambda box: -box.top - box.bottom,
}
"""The sort key whose minimum is the chosen box; positions are those of box centres."""


@tool(words="Choose the {which} of {boxes}")
def pick(boxes: Boxes, which: Which) -> Box:
    """Choose one of the boxes that were found, by size or place, such as the one on the left.

    >>> largest = crop(photo, pick(detect(photo), "largest"))
    """
    if not boxes.items:
        raise BadArgument(
            f"there is no {which} box: nothing was found to choose from",
            hint="look for something else, or say that it is not in the picture",
        )
    return min(boxes, key=MEASURES[which])
