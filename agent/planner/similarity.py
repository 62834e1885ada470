"""How alike texts are: by their words and parts of words, of which those count that tell most."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

PART = 4
"""Letters of a part of a word: enough to be told apart, short enough to outlive a slip."""
DOUBT = 2.0
"""Each mark counts as if it had been seen so many times more, in texts of all labels: what was
seen once may be chance."""


class Likeness:
    """Compares with texts that are known beforehand, each with a label that says what it is for."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        marks = [_marks(text) for text in texts]
        self._weights = _telling(marks, labels)
        self._size = len(texts)
        self._found: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, each in enumerate(marks):
            for mark, weight in self._weighed(each).items():
                self._found[mark].append((place, weight))

    def to(self, text: str) -> list[float]:
        """For each known text from 0, nothing in common, to 1, the same words."""
        alike = [0.0] * self._size
        for mark, weight in self._weighed(_marks(text)).items():
            for place, known in self._found[mark]:
                alike[place] += weight * known
        return alike

    def _weighed(self, marks: Mapping[str, int]) -> dict[str, float]:
        # Marks that no known text has tell nothing about any.
        weights = {
            mark: (1 + math.log(n)) * self._weights[mark]
            for mark, n in marks.items()
            if mark in self._weights
        }
        length = math.hypot(*weights.values()) or 1.0
        return {mark: weight / length for mark, weight in weights.items()}


def _telling(marks: Sequence[Mapping[str, int]], labels: Sequence[str]) -> dict[str, float]:
    """How far the labels of texts with a mark are from those of all texts: their divergence.

    "cut" tells what is wanted, "dog" only of what, although it is as rare.
    """
    usual = {label: n / len(labels) for label, n in Counter(labels).items()}
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each, label in zip(marks, labels, strict=True):
        for mark in each:
            seen[mark][label] += 1
    return {mark: _divergence(found, usual) for mark, found in seen.items()}


def _divergence(found: Mapping[str, int], usual: Mapping[str, float]) -> float:
    """Kullback and Leibler's, of the labels found, with doubt, from the usual ones."""
    number = sum(found.values()) + DOUBT
    doubt = DOUBT / number
    shares = ((n / number, usual[label]) for label, n in found.items())
    of_found = sum(
        (share + doubt * common) * math.log(share / common + doubt) for share, common in shares
    )
    not_found = 1 - sum(usual[label] for label in found)
    return of_found + doubt * not_found * math.log(doubt)


def _marks(text: str) -> Counter[str]:
    words = re.findall(r"[^\W_]+", text.casefold())
    parts = (
        f"<{word}>"[start : start + PART] for word in words for start in range(len(word) + 3 - PART)
    )
    return Counter((*words, *parts))
