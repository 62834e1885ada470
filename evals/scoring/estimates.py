"""Shares and ratios with 95 % intervals, as tables show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evals.scoring.metrics import wilson_interval

BOOTSTRAP_SAMPLES = 2_000


@dataclass(frozen=True)
class ShareEstimate:
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        low, high = format_share(self.low), format_share(self.high)
        return f"{format_share(self.value)} ({low} to {high})"


def format_share(value: float, digits: int = 2) -> str:
    """Format a share without the leading zero."""
    return f"{value:.{digits}f}".removeprefix("0")


def estimate_share(values: Sequence[float]) -> ShareEstimate:
    """Return the share of right samples, with Wilson's interval."""
    right = sum(values)
    return ShareEstimate(
        right / len(values) if values else 0.0, *wilson_interval(right, len(values))
    )


def estimate_ratio(numerators: ArrayLike, denominators: ArrayLike, seed: int = 0) -> ShareEstimate:
    """Return the ratio of two sums over samples, with its bootstrap interval.

    This is a micro-averaged F1 if the numerators are twice the hits. With a column for each group
    it is the mean of the groups' ratios, of those whose denominator is not 0: a macro average.
    """
    upper, lower = (np.asarray(c, dtype=np.float64) for c in (numerators, denominators))
    count = len(upper)
    if not count:
        return ShareEstimate(0.0, 0.0, 1.0)
    upper, lower = upper.reshape(count, -1), lower.reshape(count, -1)
    draws = np.random.default_rng(seed).multinomial(
        count, np.full(count, 1 / count), size=BOOTSTRAP_SAMPLES
    )
    (value,) = _ratios(upper.sum(axis=0, keepdims=True), lower.sum(axis=0, keepdims=True))
    low, high = np.percentile(_ratios(draws @ upper, draws @ lower), [2.5, 97.5])
    return ShareEstimate(float(value), float(low), float(high))


def _ratios(upper: NDArray[np.float64], lower: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean ratio of each row, over the columns that have a denominator."""
    has_any = lower > 0
    ratios = np.divide(upper, lower, out=np.zeros_like(upper), where=has_any)
    return ratios.sum(axis=1) / np.maximum(1, has_any.sum(axis=1))
