"""Scores of sequences of calls: those of m&m's, and accuracies by step as in GTA.

m&m's (Ma et al. 2024, arXiv:2403.11085) compares sets of labels in each sample: a tool, a tool with
the names of its arguments, with their values too, and pairs of consecutive tools. Micro-averaged
over all samples, except that the F1 of tools is the mean over tools. A sample without a prediction
has no labels, so it counts. GTA (Wang et al. 2024, arXiv:2407.08713) compares step by step; there
the model is given the right steps before, here it has planned all of them at once, which is harder.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class PlannedCall:
    """A tool with its arguments as text."""

    tool: str
    arguments: Mapping[str, str]

    @property
    def with_names(self) -> Hashable:
        return self.tool, tuple(sorted(self.arguments))

    @property
    def with_values(self) -> Hashable:
        values = {name: value.casefold().strip() for name, value in self.arguments.items()}
        return self.tool, tuple(sorted(values.items()))


@dataclass(frozen=True)
class CallsPair:
    """The reference calls of a sample and the predicted ones; None without a valid plan."""

    reference: Sequence[PlannedCall]
    prediction: Sequence[PlannedCall] | None


Labels = Callable[[Sequence[PlannedCall]], set[Hashable]]
Counts = tuple[list[list[int]], list[list[int]]]
"""Numerators and denominators of a score: a row for each sample, a column for each group."""


def call_scores(pairs: Sequence[CallsPair]) -> dict[str, float]:
    """Return m&m's scores, and accuracies by step."""
    return {name: _mean_ratio(counts) for name, counts in call_counts(pairs).items()}


def call_counts(pairs: Sequence[CallsPair]) -> dict[str, Counts]:
    """Return the counts whose ratio is each score, by sample."""
    if not pairs:
        return {}
    return {
        "m&m's tool F1": _tool_counts(pairs),
        "m&m's argument name F1": _f1(pairs, lambda calls: {call.with_names for call in calls}),
        "m&m's argument value F1": _f1(pairs, lambda calls: {call.with_values for call in calls}),
        "m&m's edge F1": _f1(pairs, _edges),
        "m&m's plan accuracy": _shares(map(is_same, pairs)),
        "pass rate": _shares(pair.prediction is not None for pair in pairs),
        "step tool accuracy": _step_accuracy(pairs, lambda call: call.tool),
        "step argument accuracy": _step_accuracy(pairs, lambda call: call.with_values),
    }


def is_same(pair: CallsPair) -> bool:
    """Return whether the calls equal the reference, with all values, in the same order."""
    return pair.prediction is not None and [call.with_values for call in pair.reference] == [
        call.with_values for call in pair.prediction
    ]


def best_reference(
    references: Sequence[Sequence[PlannedCall]], prediction: Sequence[PlannedCall] | None
) -> Sequence[PlannedCall]:
    """Return the reference whose tools fit the prediction best, the first if none does."""
    return max(
        references,
        key=lambda reference: _mean_ratio(
            _f1([CallsPair(reference, prediction)], lambda calls: {call.tool for call in calls})
        ),
    )


def _edges(calls: Sequence[PlannedCall]) -> set[Hashable]:
    return {(first.tool, second.tool) for first, second in pairwise(calls)}


def _mean_ratio(counts: Counts) -> float:
    """Return the mean over the groups of the ratio of their sums."""
    columns = zip(*(map(sum, zip(*rows, strict=True)) for rows in counts), strict=True)
    ratios = [upper / lower for upper, lower in columns if lower]
    return sum(ratios) / len(ratios) if ratios else 0.0


def _shares(hits: Iterable[bool]) -> Counts:
    rows = [[int(hit)] for hit in hits]
    return rows, [[1]] * len(rows)


def _f1(pairs: Sequence[CallsPair], labels: Labels) -> Counts:
    upper: list[list[int]] = []
    lower: list[list[int]] = []
    for pair in pairs:
        expected, predicted = labels(pair.reference), labels(pair.prediction or ())
        upper.append([2 * len(expected & predicted)])
        lower.append([len(expected) + len(predicted)])
    return upper, lower


def _tool_counts(pairs: Sequence[CallsPair]) -> Counts:
    """Return the counts of the F1 of each tool that occurs."""
    sets = [
        ({call.tool for call in pair.reference}, {call.tool for call in pair.prediction or ()})
        for pair in pairs
    ]
    tools = sorted({tool for expected, predicted in sets for tool in expected | predicted})
    upper = [[2 * (tool in e and tool in p) for tool in tools] for e, p in sets]
    lower = [[(tool in e) + (tool in p) for tool in tools] for e, p in sets]
    return upper, lower


def _step_accuracy(pairs: Sequence[CallsPair], label: Callable[[PlannedCall], Hashable]) -> Counts:
    """Count the reference steps with an equal step at the same position."""
    hits = [
        sum(
            label(expected) == label(predicted)
            for expected, predicted in zip(pair.reference, pair.prediction or (), strict=False)
        )
        for pair in pairs
    ]
    return [[number] for number in hits], [[len(pair.reference)] for pair in pairs]
