"""Count detected boxes by label, in words."""

from __future__ import annotations

from collections import Counter

from tools import Boxes, tool
from tools.signal.english_nouns import plural


@tool(words="Say how many of each kind {boxes} are")
def tally(boxes: Boxes) -> str:
    """Say in words how many of each kind were found, such as "2 cups, 1 spoon".

    >>> seen = tally(detect(photo))
    """
    kinds = Counter(box.label or "thing" for box in boxes)
    return ", ".join(f"{n} {plural(kind) if n > 1 else kind}" for kind, n in kinds.most_common())
