"""Count detected boxes."""

from __future__ import annotations

from tools import Boxes, tool
from tools.signal.label_matching import match_label


@tool(words="Count {boxes}[, only “{label}”]")
def count(boxes: Boxes, label: str = "") -> int:
    """Count the boxes that detect found, all of them or those of one kind.

    >>> cups = count(detect(photo), label="cup")
    """
    if not label.strip():
        return len(boxes)
    return sum(match_label(label, (box.label,)) is not None for box in boxes)
