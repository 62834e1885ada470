"""Which models to let go: what no plan needs first, then what is needed furthest from now.

Plans are known before they run, so the second rule is Belady's (1966), which no eviction order
beats when all models are of one size. What no plan needs goes by least recent use, weighed with
what it would cost to load again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, TypeVar

SHORTEST_LOAD_S = 0.001
"""Loads below this differ by chance only."""


class Candidate(Protocol):
    """A model in memory that nobody is using."""

    @property
    def bytes(self) -> int: ...
    @property
    def load_s(self) -> float: ...
    @property
    def last_used(self) -> int: ...


C = TypeVar("C", bound=Candidate)


class Needs:
    """The models that the current plans will ask for, in order, by run."""

    def __init__(self) -> None:
        self._runs: dict[str, list[str]] = {}

    def expect(self, run_id: str, models: Iterable[str]) -> None:
        self._runs[run_id] = list(models)

    def used(self, run_id: str, model: str) -> None:
        """Move on: dataflow may use models in another order than the plan names them."""
        expected = self._runs.get(run_id, [])
        if model in expected:
            expected.remove(model)

    def forget(self, run_id: str) -> None:
        self._runs.pop(run_id, None)

    def next_use(self, model: str) -> float:
        """How many uses away the model is in the run that needs it soonest; inf if none does."""
        return min(
            (models.index(model) for models in self._runs.values() if model in models),
            default=math.inf,
        )


def choose_victims(
    idle: Sequence[C], shortage: int, *, now: int, next_use: Callable[[C], float]
) -> list[C] | None:
    """The models to evict so that `shortage` bytes come free; None if all of them are too few.

    `now` counts uses, as `last_used` does: what waits in memory has no other clock.
    """

    def dispensable(candidate: C) -> tuple[float, float]:
        seconds_per_byte = max(candidate.load_s, SHORTEST_LOAD_S) / max(candidate.bytes, 1)
        return next_use(candidate), (now - candidate.last_used) / seconds_per_byte

    victims: list[C] = []
    for candidate in sorted(idle, key=dispensable, reverse=True):
        if shortage <= 0:
            break
        victims.append(candidate)
        shortage -= candidate.bytes
    if shortage > 0:
        return None
    # A large victim may have made smaller ones before it unnecessary: keep the dearest of them.
    for candidate in reversed(victims[:]):
        if shortage + candidate.bytes <= 0:
            victims.remove(candidate)
            shortage += candidate.bytes
    return victims
