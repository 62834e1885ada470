"""Compare two runs of a suite sample by sample. Any Inspect logs will do."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from evals.scoring.eval_logs import ScoredSample, run_title, scores_of
from evals.scoring.paired_tests import PairedTest, adjust_p_values, run_paired_test
from tools.errors import InputError

if TYPE_CHECKING:
    from inspect_ai.log import EvalLog

ALPHA = 0.05
"""A difference that chance gives less often than this is no noise."""


@dataclass(frozen=True)
class Comparison:
    """One score in runs A and B, over their common samples."""

    score: str
    samples: int
    mean_a: float
    mean_b: float
    test: PairedTest
    better: list[ScoredSample]
    """B's samples that are better than in A."""
    worse: list[ScoredSample]
    lower_is_better: bool = False
    adjusted_p: float = 1.0
    """Holm's p-value over all scores that were compared together."""

    @property
    def difference(self) -> float:
        return self.mean_b - self.mean_a

    @property
    def low(self) -> float:
        return self.test.low

    @property
    def high(self) -> float:
        return self.test.high

    @property
    def is_better(self) -> bool:
        """Whether B is better beyond noise."""
        return self._is_sure and (self.difference > 0) != self.lower_is_better

    @property
    def is_worse(self) -> bool:
        """Whether B is worse beyond noise."""
        return self._is_sure and (self.difference < 0) != self.lower_is_better

    @property
    def verdict(self) -> str:
        """Return the outcome as a word or two."""
        if self.is_worse:
            return "worse"
        return "better" if self.is_better else "no sure difference"

    @property
    def _is_sure(self) -> bool:
        if self.test.name == "permutation" and self.low <= 0 <= self.high:
            return False
        return self.difference != 0 and self.adjusted_p < ALPHA


@dataclass(frozen=True)
class RunComparison:
    """All common scores of two runs."""

    a: str
    b: str
    suite: str
    scores: list[Comparison]
    only_in_a: list[str]
    """Samples that B does not have."""
    only_in_b: list[str]
    is_finished: bool = True
    """Whether both runs are finished."""

    @property
    def is_worse(self) -> bool:
        return any(score.is_worse for score in self.scores)

    @property
    def changed(self) -> list[str]:
        """Return the samples that any score changed on, the worse ones first."""
        worse = [sample.sample for score in self.scores for sample in score.worse]
        better = [sample.sample for score in self.scores for sample in score.better]
        return list(dict.fromkeys([*worse, *better]))


def compare_runs(
    a: EvalLog,
    b: EvalLog,
    *,
    only: Collection[str] = (),
    lower_is_better: Collection[str] = (),
) -> RunComparison:
    """Compare every score that both runs have, or `only` some."""
    scores_a, scores_b = scores_of(a), scores_of(b)
    shared = [name for name in scores_a if name in scores_b]
    if not shared:
        raise InputError(
            f"the runs have no score in common: {', '.join(scores_a)} and {', '.join(scores_b)}",
            hint="compare two runs of one suite",
        )
    for name in (*only, *lower_is_better):
        if name not in shared:
            raise InputError(
                f"the runs have no score {name!r}; they have: {', '.join(shared)}",
                hint="name one of these",
            )
    comparisons = [
        _compare(name, scores_a[name], scores_b[name], lower_is_better=name in lower_is_better)
        for name in shared
        if not only or name in only
    ]
    adjusted = adjust_p_values([comparison.test.p for comparison in comparisons])
    ids_a, ids_b = (
        list(dict.fromkeys(str(sample.id) for sample in log.samples or [])) for log in (a, b)
    )
    return RunComparison(
        a=run_title(a),
        b=run_title(b),
        suite=a.eval.task,
        scores=[replace(c, adjusted_p=p) for c, p in zip(comparisons, adjusted, strict=True)],
        only_in_a=[sample for sample in ids_a if sample not in set(ids_b)],
        only_in_b=[sample for sample in ids_b if sample not in set(ids_a)],
        is_finished=a.status == b.status == "success",
    )


def _compare(
    name: str, a: list[ScoredSample], b: list[ScoredSample], *, lower_is_better: bool
) -> Comparison:
    before, after = ({entry.sample: entry for entry in scores} for scores in (a, b))
    shared = [sample for sample in before if sample in after]
    if not shared:
        raise InputError(
            f"the runs have no sample of {name!r} in common", hint="compare runs of one suite"
        )
    values_a = [before[sample].value for sample in shared]
    values_b = [after[sample].value for sample in shared]
    changes = list(zip(shared, values_a, values_b, strict=True))
    higher = [after[sample] for sample, old, new in changes if new > old]
    lower = [after[sample] for sample, old, new in changes if new < old]
    better, worse = (lower, higher) if lower_is_better else (higher, lower)
    return Comparison(
        score=name,
        samples=len(shared),
        mean_a=sum(values_a) / len(shared),
        mean_b=sum(values_b) / len(shared),
        test=run_paired_test(values_a, values_b),
        better=better,
        worse=worse,
        lower_is_better=lower_is_better,
    )
