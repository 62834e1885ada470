"""Compare two runs of a suite sample by sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evals.scoring.eval_logs import ScoredSample, scores_of
from tools.errors import InputError

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog

BOOTSTRAP_SAMPLES = 10_000


@dataclass(frozen=True)
class Comparison:
    """One score in runs A and B, over their common samples."""

    score: str
    samples: int
    mean_a: float
    mean_b: float
    low: float
    """Bounds of the 95 % confidence interval of B - A."""
    high: float
    better: list[ScoredSample]
    """B's samples with a higher value than in A."""
    worse: list[ScoredSample]

    @property
    def is_worse(self) -> bool:
        """Whether B is significantly worse."""
        return self.high < 0


def compare_runs(a: EvalLog, b: EvalLog) -> list[Comparison]:
    """Compare every score that both runs have."""
    scores_a, scores_b = scores_of(a), scores_of(b)
    shared = [name for name in scores_a if name in scores_b]
    if not shared:
        raise InputError(
            f"the runs have no score in common: {', '.join(scores_a)} and {', '.join(scores_b)}",
            hint="compare two runs of one suite",
        )
    return [_compare(name, scores_a[name], scores_b[name]) for name in shared]


def bootstrap_interval(differences: list[float], seed: int = 0) -> tuple[float, float]:
    """Return the 95 % bootstrap confidence interval of the mean difference."""
    import numpy as np

    values = np.asarray(differences)
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, len(values), size=(BOOTSTRAP_SAMPLES, len(values)))
    low, high = np.percentile(values[picks].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def _compare(name: str, a: list[ScoredSample], b: list[ScoredSample]) -> Comparison:
    before, after = ({entry.sample: entry for entry in scores} for scores in (a, b))
    shared = [sample for sample in before if sample in after]
    if not shared:
        raise InputError(
            f"the runs have no sample of {name!r} in common", hint="compare runs of one suite"
        )
    differences = [after[sample].value - before[sample].value for sample in shared]
    low, high = bootstrap_interval(differences)
    changed = list(zip(shared, differences, strict=True))
    return Comparison(
        score=name,
        samples=len(shared),
        mean_a=sum(before[sample].value for sample in shared) / len(shared),
        mean_b=sum(after[sample].value for sample in shared) / len(shared),
        low=low,
        high=high,
        better=[after[sample] for sample, change in changed if change > 0],
        worse=[after[sample] for sample, change in changed if change < 0],
    )


def show_comparison(comparisons: list[Comparison]) -> None:
    """Print the comparison table and the samples that changed."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    table = Table("score", "samples", "A", "B", "B - A", "95 % interval", "", box=None)
    for comparison in comparisons:
        verdict = (
            "worse"
            if comparison.is_worse
            else "better"
            if comparison.low > 0
            else "no sure difference"
        )
        table.add_row(
            comparison.score,
            str(comparison.samples),
            f"{comparison.mean_a:.3f}",
            f"{comparison.mean_b:.3f}",
            f"{comparison.mean_b - comparison.mean_a:+.3f}",
            f"{comparison.low:+.3f} to {comparison.high:+.3f}",
            verdict,
        )
    console.print(table)
    for comparison in comparisons:
        for verdict, samples in (("better", comparison.better), ("worse", comparison.worse)):
            for sample in samples:
                console.print(f"{comparison.score} {verdict}: {sample.sample}: {sample.request}")
