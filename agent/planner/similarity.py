"""Text similarity by words and character n-grams, weighted by label information."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

NGRAM_SIZE = 4
"""The n of character n-grams: long enough to be specific, short enough to survive a typo."""
PRIOR = 2.0
"""Pseudo-count of each feature, distributed over all labels: a single occurrence may be chance."""


class SimilarityIndex:
    """An inverted index of labelled texts for similarity queries."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        feature_counts = [_features(text) for text in texts]
        self._weights = _feature_weights(feature_counts, labels)
        self._size = len(texts)
        self._postings: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
        for index, counts in enumerate(feature_counts):
            for feature, weight in self._unit_vector(counts).items():
                self._postings[feature].append((index, weight))

    def similarity(self, text: str) -> list[float]:
        """Return the similarity to each indexed text, 0 to 1."""
        similarities = [0.0] * self._size
        for feature, weight in self._unit_vector(_features(text)).items():
            for index, indexed_weight in self._postings[feature]:
                similarities[index] += weight * indexed_weight
        return similarities

    def _unit_vector(self, counts: Mapping[str, int]) -> dict[str, float]:
        # Features that no text of the index has carry no information.
        weights = {
            feature: (1 + math.log(n)) * self._weights[feature]
            for feature, n in counts.items()
            if feature in self._weights
        }
        length = math.hypot(*weights.values()) or 1.0
        return {mark: weight / length for mark, weight in weights.items()}


def _feature_weights(
    feature_counts: Sequence[Mapping[str, int]], labels: Sequence[str]
) -> dict[str, float]:
    """Weight features by the divergence of their labels from all labels.

    "cut" tells which tool is needed and "dog" does not, although both are as rare.
    """
    prior_shares = {label: n / len(labels) for label, n in Counter(labels).items()}
    label_counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for features, label in zip(feature_counts, labels, strict=True):
        for feature in features:
            label_counts[feature][label] += 1
    return {mark: _divergence(counts, prior_shares) for mark, counts in label_counts.items()}


def _divergence(counts: Mapping[str, int], prior_shares: Mapping[str, float]) -> float:
    """Compute the Kullback-Leibler divergence of smoothed label counts from the prior shares."""
    total = sum(counts.values()) + PRIOR
    prior_weight = PRIOR / total
    shares = ((n / total, prior_shares[label]) for label, n in counts.items())
    of_present = sum(
        (share + prior_weight * prior_share) * math.log(share / prior_share + prior_weight)
        for share, prior_share in shares
    )
    absent_share = 1 - sum(prior_shares[label] for label in counts)
    return of_present + prior_weight * absent_share * math.log(prior_weight)


def _features(text: str) -> Counter[str]:
    words = re.findall(r"[^\W_]+", text.casefold())
    parts = (
        f"<{word}>"[start : start + NGRAM_SIZE]
        for word in words
        for start in range(len(word) + 3 - NGRAM_SIZE)
    )
    return Counter((*words, *parts))
