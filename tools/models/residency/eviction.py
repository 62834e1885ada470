"""Model eviction: models that no plan needs first, then the one with the furthest next use.

Plans are known before they run, so the second rule is Belady's (1966), which is optimal when all
models have the same size. Models that no plan needs are ordered by least recent use, weighted with
the cost of loading them again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

SHORTEST_LOAD_S = 0.001
"""Differences between load times below this are noise."""


class Candidate(Protocol):
    """An idle model in memory."""

    @property
    def bytes(self) -> int: ...
    @property
    def load_s(self) -> float: ...
    @property
    def last_used(self) -> int: ...


C = TypeVar("C", bound=Candidate)


class UpcomingUses:
    """The models that the current plans will use, in order, by run."""

    def __init__(self) -> None:
        self._runs: dict[str, list[str]] = {}

    def expect(self, run_id: str, models: Iterable[str]) -> None:
        self._runs[run_id] = list(models)

    def mark_used(self, run_id: str, model: str) -> None:
        """Remove the first expected use of a model, which may not be the plan's next one."""
        expected = self._runs.get(run_id, [])
        if model in expected:
            expected.remove(model)

    def forget(self, run_id: str) -> None:
        self._runs.pop(run_id, None)

    def next_use(self, model: str) -> float:
        """Return the number of uses before a model's next use in any run; inf if none."""
        return min(
            (models.index(model) for models in self._runs.values() if model in models),
            default=math.inf,
        )


def choose_victims(
    idle: Sequence[C], shortage: int, *, now: int, next_use: Callable[[C], float]
) -> list[C] | None:
    """Return the models to evict to free `shortage` bytes; None if all are too few.

    `now` counts uses, as `last_used` does: idle models have no other clock.
    """

    def eviction_order(candidate: C) -> tuple[float, float]:
        seconds_per_byte = max(candidate.load_s, SHORTEST_LOAD_S) / max(candidate.bytes, 1)
        return next_use(candidate), (now - candidate.last_used) / seconds_per_byte

    victims: list[C] = []
    for candidate in sorted(idle, key=eviction_order, reverse=True):
        if shortage <= 0:
            break
        victims.append(candidate)
        shortage -= candidate.bytes
    if shortage > 0:
        return None
    # A large victim may make smaller ones before it unnecessary: keep the most valuable of them.
    for candidate in reversed(victims[:]):
        if shortage + candidate.bytes <= 0:
            victims.remove(candidate)
            shortage += candidate.bytes
    return victims
