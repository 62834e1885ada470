"""Inspect metrics that aggregate a suite's scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

from inspect_ai.scorer import Metric, SampleScore, Value, metric


def wilson(right: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """Return Wilson's 95 % confidence interval of a share."""
    if count == 0:
        return (0.0, 1.0)
    share = right / count
    middle = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    whole = 1 + z * z / count
    return (max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole))


@metric
def interval() -> Metric:
    """Compute the 95 % confidence interval of the mean."""

    def compute(scores: list[SampleScore]) -> Value:
        low, high = wilson(sum(score.score.as_float() for score in scores), len(scores))
        return {"low": round(low, 4), "high": round(high, 4)}

    return compute


@metric
def cost() -> Metric:
    """Compute the total cost, failures included, per solved request."""

    def compute(scores: list[SampleScore]) -> Value:
        spent = [(score.score.metadata or {}).get("spent", {}) for score in scores]
        solved = sum(score.score.as_float() for score in scores)

        def each(name: str) -> float:
            total = sum(one.get(name, 0) for one in spent)
            return round(total / solved, 3) if solved else math.nan

        return cast(
            "Value",
            {
                "seconds": each("seconds"),
                "language_model_calls": each("language_model_calls"),
                "tokens": round(each("input_tokens") + each("output_tokens"), 1),
                "peak_mib": round(max((s.get("peak_bytes", 0) for s in spent), default=0) / 2**20),
            },
        )

    return compute


def share_where(scores: Sequence[SampleScore], name: str, value: str) -> float:
    """Return the mean score of samples whose metadata matches."""
    among = [
        score.score.as_float()
        for score in scores
        if str((score.sample_metadata or {}).get(name)) == value
    ]
    return sum(among) / len(among) if among else math.nan


@metric
def by(name: str) -> Metric:
    """Compute the mean score by value of a metadata field."""

    def compute(scores: list[SampleScore]) -> Value:
        values = {str((score.sample_metadata or {}).get(name)) for score in scores}
        return {
            f"{name}: {value}": round(share_where(scores, name, value), 4)
            for value in sorted(values)
        }

    return compute
