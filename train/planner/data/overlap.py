"""Find near-duplicates of the requests that the planner is evaluated with."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

NEAR_DUPLICATE = 0.6
"""Jaccard similarity of character trigrams from which two requests are near-duplicates."""
_GRAM = 3
_GENERIC_CHARACTERS = 5
"""Requests as short as "hi" or "thanks" cannot be memorized."""


class NearDuplicates:
    """An index of texts to find near-duplicates of a text."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._sizes: list[int] = []
        self._texts: list[str] = []
        self._indexes: defaultdict[str, list[int]] = defaultdict(list)
        for index, text in enumerate(texts):
            grams = _grams(text)
            self._texts.append(text)
            self._sizes.append(len(grams))
            for gram in grams:
                self._indexes[gram].append(index)

    def nearest(self, text: str) -> tuple[float, str]:
        """Return the highest similarity to an indexed text, and that text."""
        grams = _grams(text)
        shared = Counter(index for gram in grams for index in self._indexes.get(gram, ()))
        best_similarity, best_text = 0.0, ""
        for index, number in shared.items():
            similarity = number / (len(grams) + self._sizes[index] - number)
            if similarity > best_similarity:
                best_similarity, best_text = similarity, self._texts[index]
        return best_similarity, best_text

    def has_near(self, text: str) -> bool:
        """Return whether the index has a near-duplicate; generic texts have none."""
        if len(_plain(text)) <= _GENERIC_CHARACTERS:
            return False
        return self.nearest(text)[0] >= NEAR_DUPLICATE


_EVALUATED = (
    "requests.jsonl",
    "everyday_requests.jsonl",
    "answers.jsonl",
    "tempting_requests.jsonl",
)
"""The files of evals/data/ with requests that nothing may be learnt from."""


@cache
def evaluated_requests() -> NearDuplicates:
    """Index the evaluation requests, for comparison only."""
    folder = files("evals").joinpath("data")
    return NearDuplicates(
        json.loads(line)["request"]
        for name in _EVALUATED
        for line in folder.joinpath(name).read_text(encoding="utf-8").splitlines()
    )


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()


def _grams(text: str) -> frozenset[str]:
    padded = f" {_plain(text)} "
    return frozenset(padded[start : start + _GRAM] for start in range(len(padded) - _GRAM + 1))
