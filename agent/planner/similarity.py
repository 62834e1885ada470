"""Text similarity by words and character n-grams, weighted by label information."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

PART = 4
"""The n of character n-grams: long enough to be specific, short enough to survive a typo."""
DOUBT = 2.0
"""Pseudo-count of each feature, distributed over all labels: a single occurrence may be chance."""


class Likeness:
    """An inverted index of labelled texts for similarity queries."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        marks = [_marks(text) for text in texts]
        self._weights = _telling(marks, labels)
        self._size = len(texts)
        self._found: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for place, each in enumerate(marks):
            for mark, weight in self._weighed(each).items():
                self._found[mark].append((place, weight))

    def to(self, text: str) -> list[float]:
        """Return the similarity to each indexed text, 0 to 1."""
        alike = [0.0] * self._size
        for mark, weight in self._weighed(_marks(text)).items():
            for place, known in self._found[mark]:
                alike[place] += weight * known
        return alike

    def _weighed(self, marks: Mapping[str, int]) -> dict[str, float]:
        # Features that no text of the index has carry no information.
        weights = {
            mark: (1 + math.log(n)) * self._weights[mark]
            for mark, n in marks.items()
            if mark in self._weights
        }
        length = math.hypot(*weights.values()) or 1.0
        return {mark: weight / length for mark, weight in weights.items()}


def _telling(marks: Sequence[Mapping[str, int]], labels: Sequence[str]) -> dict[str, float]:
    """Weight features by the divergence of their labels from all labels.

    "cut" tells which tool is needed and "dog" does not, although both are as rare.
    """
    usual = {label: n / len(labels) for label, n in Counter(labels).items()}
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each, label in zip(marks, labels, strict=True):
        for mark in each:
            seen[mark][label] += 1
    return {mark: _divergence(found, usual) for mark, found in seen.items()}


def _divergence(found: Mapping[str, int], usual: Mapping[str, float]) -> float:
    """Compute the Kullback-Leibler divergence of smoothed label counts from the prior shares."""
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
