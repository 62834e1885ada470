"""Scores of sequences of calls: those of m&m's, and accuracies by step as in GTA.

m&m's (Ma et al. 2024, arXiv:2403.11085) compares sets of labels in each sample: a tool, a tool with
the names of its arguments, with their values too, and pairs of consecutive tools. Micro-averaged
over all samples, except that the F1 of tools is the mean over tools. A sample without a prediction
has no labels, so it counts. GTA (Wang et al. 2024, arXiv:2407.08713) compares step by step; there
the model is given the right steps before, here it has planned all of them at once, which is harder.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
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


def call_scores(pairs: Sequence[CallsPair]) -> dict[str, float]:
    """Return m&m's scores, and accuracies by step."""
    if not pairs:
        return {}
    return {
        "m&m's tool F1": _macro_tool_f1(pairs),
        "m&m's argument name F1": _f1(pairs, lambda calls: {call.with_names for call in calls}),
        "m&m's argument value F1": _f1(pairs, lambda calls: {call.with_values for call in calls}),
        "m&m's edge F1": _f1(pairs, _edges),
        "m&m's plan accuracy": sum(map(is_same, pairs)) / len(pairs),
        "pass rate": sum(pair.prediction is not None for pair in pairs) / len(pairs),
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
        key=lambda reference: _f1(
            [CallsPair(reference, prediction)], lambda calls: {call.tool for call in calls}
        ),
    )


def _edges(calls: Sequence[PlannedCall]) -> set[Hashable]:
    return {(first.tool, second.tool) for first, second in pairwise(calls)}


def _f1(pairs: Sequence[CallsPair], labels: Labels) -> float:
    hits = total = 0
    for pair in pairs:
        expected, predicted = labels(pair.reference), labels(pair.prediction or ())
        hits += len(expected & predicted)
        total += len(expected) + len(predicted)
    return 2 * hits / total if total else 0.0


def _macro_tool_f1(pairs: Sequence[CallsPair]) -> float:
    """Return the mean F1 over the tools that occur."""
    hits: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for pair in pairs:
        expected = {call.tool for call in pair.reference}
        predicted = {call.tool for call in pair.prediction or ()}
        hits.update(expected & predicted)
        total.update(expected)
        total.update(predicted)
    return sum(2 * hits[tool] / total[tool] for tool in total) / len(total) if total else 0.0


def _step_accuracy(pairs: Sequence[CallsPair], label: Callable[[PlannedCall], Hashable]) -> float:
    """Return the share of reference steps with an equal step at the same position."""
    steps = hits = 0
    for pair in pairs:
        steps += len(pair.reference)
        hits += sum(
            label(expected) == label(predicted)
            for expected, predicted in zip(pair.reference, pair.prediction or (), strict=False)
        )
    return hits / steps if steps else 0.0
