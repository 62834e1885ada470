"""Paired tests of the difference between two runs on the same samples."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evals.scoring.metrics import wilson_interval

BOOTSTRAP_SAMPLES = 10_000
MAX_ENUMERATED = 12
"""Up to this many differences, all signs are tried; of more, a random sample."""


@dataclass(frozen=True)
class PairedTest:
    """The outcome of a test of B - A."""

    name: str
    p: float
    """How often chance alone gives at least such a difference."""
    low: float
    """Bounds of the 95 % confidence interval of the mean of B - A."""
    high: float


def run_paired_test(a: Sequence[float], b: Sequence[float]) -> PairedTest:
    """Run McNemar's exact test on right and wrong, a permutation test on numbers."""
    if set(a) | set(b) <= {0.0, 1.0}:
        return mcnemar_test(a, b)
    differences = [after - before for before, after in zip(a, b, strict=True)]
    return PairedTest("permutation", sign_flip_p(differences), *bootstrap_interval(differences))


def mcnemar_test(a: Sequence[float], b: Sequence[float]) -> PairedTest:
    """Run McNemar's exact test of right and wrong, with Newcombe's interval."""
    return PairedTest("McNemar", mcnemar_p(a, b), *newcombe_interval(a, b))


def mcnemar_p(a: Sequence[float], b: Sequence[float]) -> float:
    """Return the two-sided p-value of McNemar's exact test."""
    better = sum(before < after for before, after in zip(a, b, strict=True))
    worse = sum(before > after for before, after in zip(a, b, strict=True))
    changed = better + worse
    tail = sum(math.comb(changed, k) for k in range(min(better, worse) + 1)) / 2**changed
    return min(1.0, 2 * tail)


def newcombe_interval(a: Sequence[float], b: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of the difference of two paired shares.

    Newcombe, "Improved confidence intervals for the difference between binomial proportions based
    on paired data", Statistics in Medicine 17 (1998), method 10.
    """
    count = len(a)
    both = sum(before == after == 1 for before, after in zip(a, b, strict=True))
    neither = sum(before == after == 0 for before, after in zip(a, b, strict=True))
    share_a, share_b = sum(a) / count, sum(b) / count
    only_a, only_b = sum(a) - both, sum(b) - both
    (low_a, high_a), (low_b, high_b) = (wilson_interval(sum(values), count) for values in (a, b))
    correlation = _correlation(both, neither, only_a, only_b)

    def spread(from_b: float, from_a: float) -> float:
        square = from_b**2 - 2 * correlation * from_b * from_a + from_a**2
        return math.sqrt(max(0.0, square))

    difference = share_b - share_a
    return (
        difference - spread(share_b - low_b, high_a - share_a),
        difference + spread(high_b - share_b, share_a - low_a),
    )


def bootstrap_interval(differences: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % bootstrap confidence interval of the mean difference."""
    values = np.asarray(differences)
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, len(values), size=(BOOTSTRAP_SAMPLES, len(values)))
    low, high = np.percentile(values[picks].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def sign_flip_p(differences: Sequence[float], seed: int = 0) -> float:
    """Return the two-sided p-value of the sign-flip permutation test of the mean."""
    values = np.asarray([difference for difference in differences if difference])
    count = len(values)
    if count == 0:
        return 1.0
    if count <= MAX_ENUMERATED:
        bits = np.arange(2**count)[:, None] >> np.arange(count) & 1
    else:
        bits = np.random.default_rng(seed).integers(0, 2, size=(BOOTSTRAP_SAMPLES, count))
    sums = np.abs((2 * bits - 1) @ values)
    extreme = int((sums >= abs(values.sum()) * (1 - 1e-12)).sum())
    if count <= MAX_ENUMERATED:
        return extreme / len(sums)
    return (extreme + 1) / (len(sums) + 1)


def adjust_p_values(p_values: Sequence[float]) -> list[float]:
    """Return Holm's adjusted p-values: several scores are several chances to err."""
    adjusted = [0.0] * len(p_values)
    highest = 0.0
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    for rank, index in enumerate(order):
        highest = max(highest, (len(p_values) - rank) * p_values[index])
        adjusted[index] = min(1.0, highest)
    return adjusted


def _correlation(both: float, neither: float, only_a: float, only_b: float) -> float:
    margins = (both + only_a) * (only_b + neither) * (both + only_b) * (only_a + neither)
    if margins == 0:
        return 0.0
    product = both * neither - only_a * only_b
    if product > 0:  # the continuity correction of the method
        product = max(0.0, product - (both + neither + only_a + only_b) / 2)
    return product / math.sqrt(margins)
