"""Compare the loads of a sequence of leases with the minimum possible.

    python -m evals.bench.bench_residency

Models have one size, so that Belady's rule, which knows the whole sequence, gives the minimum.
Residency knows nothing ("recency"), or the plan of each run when that run starts ("plans").
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from tools import Model
from tools.models.residency.loader import LoadResult, MemoryEstimate
from tools.models.residency.model_events import ModelEvent, ModelLoading
from tools.models.residency.residency import Residency

SEED = 20_25
MODELS = tuple(f"model-{number}" for number in range(10))
SLOTS = 4


@dataclass(frozen=True)
class Use:
    """One lease, by one run."""

    run: int
    model: str


@dataclass(frozen=True)
class Trace:
    """A sequence of leases."""

    name: str
    uses: tuple[Use, ...]

    def plan(self, run: int) -> list[str]:
        return [use.model for use in self.uses if use.run == run]


class OneByteLoader:
    """A loader of models of one byte that load immediately."""

    def estimate(self, model_id: str, device: str) -> MemoryEstimate:
        return MemoryEstimate(1, "none")

    def load(self, model_id: str, device: str) -> LoadResult:
        return LoadResult(Model(), 1)

    def unload(self, model: Model) -> None:
        model.unload()


def traces() -> list[Trace]:
    rng = random.Random(SEED)

    def plan(run: int, length: int = 12) -> list[Use]:
        """Return leases of few models, as in a plan over several images."""
        working_set = rng.sample(MODELS, 6)
        return [Use(run, rng.choice(working_set)) for _ in range(length)]

    def interleaved(runs: range) -> list[Use]:
        return [use for uses in zip(*(plan(run) for run in runs), strict=True) for use in uses]

    return [
        Trace("one plan in a circle", tuple(Use(0, MODELS[step % 5]) for step in range(60))),
        Trace("one long plan", tuple(plan(0, 240))),
        Trace("20 plans, one by one", tuple(use for run in range(20) for use in plan(run))),
        Trace(
            "24 plans, three at once",
            tuple(use for first in range(0, 24, 3) for use in interleaved(range(first, first + 3))),
        ),
    ]


async def count_loads(trace: Trace, *, tell_plans: bool) -> int:
    """Count the loads of the trace under residency."""
    loads = 0

    def observe(event: ModelEvent) -> None:
        nonlocal loads
        loads += isinstance(event, ModelLoading)

    residency = Residency(OneByteLoader(), {"cpu": SLOTS}, observe=observe, clock=lambda: 0.0)
    started_runs: set[int] = set()
    for use in trace.uses:
        if tell_plans and use.run not in started_runs:
            residency.expect(str(use.run), trace.plan(use.run))
            started_runs.add(use.run)
        async with residency.lease(use.model):
            residency.mark_used(str(use.run), use.model)
    await residency.close()
    return loads


def min_loads(models: Sequence[str]) -> int:
    """Count the loads of the optimal replacement (Belady 1966)."""
    resident: set[str] = set()
    loads = 0
    for index, model in enumerate(models):
        if model in resident:
            continue
        loads += 1
        if len(resident) == SLOTS:
            future = models[index + 1 :]
            resident.remove(
                max(
                    resident, key=lambda name: future.index(name) if name in future else len(models)
                )
            )
        resident.add(model)
    return loads


async def main() -> None:
    table = Table(title=f"Loads, {len(MODELS)} models, room for {SLOTS}")
    for column in ("sequence", "leases", "recency", "plans", "minimum"):
        justify = "left" if column == "sequence" else "right"
        table.add_column(column, justify=justify, no_wrap=True)
    for trace in traces():
        minimum = min_loads([use.model for use in trace.uses])
        recency = await count_loads(trace, tell_plans=False)
        plans = await count_loads(trace, tell_plans=True)
        table.add_row(
            trace.name,
            str(len(trace.uses)),
            f"{recency} ({recency / minimum:.2f} ×)",
            f"{plans} ({plans / minimum:.2f} ×)",
            str(minimum),
        )
    Console().print(table)


if __name__ == "__main__":
    asyncio.run(main())
