"""How alike texts are: by their words and parts of words, of which rare ones count more."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

PART = 4
"""Letters of a part of a word: enough to be told apart, short enough to outlive a slip."""


class Likeness:
    """Compares with texts that are known beforehand."""

    def __init__(self, texts: Sequence[str]) -> None:
        marks = [_marks(text) for text in texts]
        found = Counter(mark for each in marks for mark in each)
        self._rarity = {mark: math.log((1 + len(texts)) / (1 + n)) for mark, n in found.items()}
        self._texts = [self._weighed(each) for each in marks]

    def to(self, text: str) -> list[float]:
        """For each known text from 0, nothing in common, to 1, the same words."""
        asked = self._weighed(_marks(text))
        return [
            sum(weight * known.get(mark, 0.0) for mark, weight in asked.items())
            for known in self._texts
        ]

    def _weighed(self, marks: Mapping[str, int]) -> dict[str, float]:
        # Marks that no known text has tell nothing about any.
        weights = {
            mark: (1 + math.log(n)) * self._rarity[mark]
            for mark, n in marks.items()
            if mark in self._rarity
        }
        length = math.hypot(*weights.values()) or 1.0
        return {mark: weight / length for mark, weight in weights.items()}


def _marks(text: str) -> Counter[str]:
    words = re.findall(r"[^\W_]+", text.casefold())
    parts = (
        f"<{word}>"[start : start + PART] for word in words for start in range(len(word) + 3 - PART)
    )
    return Counter((*words, *parts))
