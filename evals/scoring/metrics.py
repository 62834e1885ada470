"""Inspect metrics that aggregate a suite's scores."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

from inspect_ai.scorer import Metric, SampleScore, Value, metric


def wilson_interval(successes: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """Return Wilson's 95 % confidence interval of a share."""
    if count == 0:
        return (0.0, 1.0)
    share = successes / count
    middle = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    denominator = 1 + z * z / count
    return (max(0.0, (middle - spread) / denominator), min(1.0, (middle + spread) / denominator))


@metric
def interval() -> Metric:
    """Compute the 95 % confidence interval of the mean."""

    def compute(scores: list[SampleScore]) -> Value:
        low, high = wilson_interval(sum(score.score.as_float() for score in scores), len(scores))
        return {"low": round(low, 4), "high": round(high, 4)}

    return compute


@metric
def cost() -> Metric:
    """Compute the total cost, failures included, per solved request."""

    def compute(scores: list[SampleScore]) -> Value:
        usages = [(score.score.metadata or {}).get("spent", {}) for score in scores]
        solved = sum(score.score.as_float() for score in scores)

        def per_solved(name: str) -> float:
            total = sum(usage.get(name, 0) for usage in usages)
            return round(total / solved, 3) if solved else math.nan

        return cast(
            "Value",
            {
                "seconds": per_solved("seconds"),
                "language_model_calls": per_solved("language_model_calls"),
                "tokens": round(per_solved("input_tokens") + per_solved("output_tokens"), 1),
                "peak_mib": round(
                    max((usage.get("peak_bytes", 0) for usage in usages), default=0) / 2**20
                ),
            },
        )

    return compute


def mean_where(scores: Sequence[SampleScore], name: str, value: str) -> float:
    """Return the mean score of samples whose metadata matches."""
    values = [
        score.score.as_float()
        for score in scores
        if str((score.sample_metadata or {}).get(name)) == value
    ]
    return sum(values) / len(values) if values else math.nan


@metric
def by(name: str) -> Metric:
    """Compute the mean score by value of a metadata field."""

    def compute(scores: list[SampleScore]) -> Value:
        values = {str((score.sample_metadata or {}).get(name)) for score in scores}
        return {
            f"{name}: {value}": round(mean_where(scores, name, value), 4)
            for value in sorted(values)
        }

    return compute


@metric
def all_right(name: str) -> Metric:
    """Count the values of a metadata field whose samples all have the full score."""

    def compute(scores: list[SampleScore]) -> Value:
        values = {str((score.sample_metadata or {}).get(name)) for score in scores}
        complete = sum(mean_where(scores, name, value) == 1 for value in values)
        return {f"{name}: all right": complete, f"{name}: all": len(values)}

    return compute
