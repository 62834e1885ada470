"""The tasks of earlier systems, and which tools of which profiles do them.

The lists are in evals/data/known_tasks.toml. What a profile offers is computed from its models, as
if npm were installed and the computer had 16 GB of memory.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, model_validator

from agent.plan import Callee, NamedPlan, tools_of
from agent.runtime.named_plans import NamedPlans
from tools.models.catalogue import Catalogue
from tools.models.media_domain import media_domains
from tools.models.profile import CPU, Profile, profile_names
from tools.models.routing import uses_writer
from tools.sdk.registry import Registry
from tools.sdk.typed_function import TypedFunction

HEADING = "## Tasks of earlier systems, by name"
_FILE = Path(__file__).parents[1] / "data" / "known_tasks.toml"
_NO_HOME = Path("/nowhere")
"""No folder: a user's own models and tools do not count."""
_MEMORY_BYTES = 8_000_000_000


class KnownTask(BaseModel):
    """A task that an earlier system offers by name."""

    model_config = ConfigDict(extra="forbid")

    name: str
    ways: list[list[str]] = []
    """The tools that do it together, one list for each way."""
    note: str = ""

    @model_validator(mode="after")
    def _is_explained(self) -> KnownTask:
        if not self.ways and not self.note:
            raise ValueError(f"the task {self.name!r} has neither a way nor a note")
        return self


class KnownSystem(BaseModel):
    """An earlier system with its tasks."""

    model_config = ConfigDict(extra="forbid")

    name: str
    summary: str
    source: str
    task: list[KnownTask]


@cache
def known_systems() -> tuple[KnownSystem, ...]:
    """Read the lists of tasks."""
    entries = tomllib.loads(_FILE.read_text(encoding="utf-8"))["system"]
    return tuple(map(KnownSystem.model_validate, entries))


def task_tables() -> Iterator[str]:
    """Yield the lines of the section on tasks."""
    offers = _Offers.load()
    names = ", ".join(f"`{profile.name}`" for profile in offers.profiles)
    yield f"{HEADING}\n"
    yield (
        f"Computed from the models of the profiles {names}; a star marks those that only have a "
        "small model of the [sprite world](../evals/world/) for it. Written by "
        "`python -m evals.pages.coverage_page --tasks`.\n"
    )
    for system in known_systems():
        possible = sum(any(map(offers.profiles_for, task.ways)) for task in system.task)
        yield f"### {system.name}\n"
        yield (
            f"{system.summary} {possible} of {len(system.task)} can be asked for. "
            f"[Source]({system.source})\n"
        )
        yield "| task | tools | profiles | |"
        yield "|---|---|---|---|"
        yield from (_row(task, offers) for task in system.task)
        yield ""


def _row(task: KnownTask, offers: _Offers) -> str:
    ways = " or ".join(" + ".join(f"`{tool}`" for tool in way) for way in task.ways)
    return f"| {task.name} | {ways} | {offers.summary(task.ways)} | {task.note} |"


@dataclass(frozen=True)
class _Offers:
    """What the shipped profiles offer."""

    profiles: tuple[Profile, ...]
    registry: Registry
    plans: NamedPlans

    @classmethod
    def load(cls) -> _Offers:
        catalogue = Catalogue.load(_NO_HOME)
        registry = Registry.load(user_folder=_NO_HOME)
        profiles = (Profile.load(name, catalogue) for name in profile_names(_NO_HOME))
        # The smallest first.
        ordered = sorted(map(_on_a_usual_machine, profiles), key=_size)
        return cls(tuple(ordered), registry, NamedPlans.load(registry))

    def summary(self, ways: Sequence[Sequence[str]]) -> str:
        """Return the profiles in which one of the ways is possible, "all" for every profile."""
        best: dict[str, bool] = {}
        for way in ways:
            for name, is_limited in self.profiles_for(way).items():
                best[name] = best.get(name, True) and is_limited
        order = [profile.name for profile in self.profiles]
        names = [name + "\\*" * best[name] for name in order if name in best]
        if len(names) == len(self.profiles) and not any(best.values()):
            return "all"
        return ", ".join(names)

    def profiles_for(self, way: Sequence[str]) -> dict[str, bool]:
        """Return the profiles that offer all these tools, and whether only for the sprite world."""
        offers = {
            profile.name: [self._offer(name, profile) for name in way] for profile in self.profiles
        }
        return {name: any(limits) for name, limits in offers.items() if None not in limits}

    def _offer(self, name: str, profile: Profile) -> bool | None:
        """Return whether a tool is limited to the sprite world; None if it is not offered."""
        candidates = [*filter(None, (self.registry.get(name), self.plans.get(name)))]
        limits = [_limit(callee, profile) for callee in candidates]
        return min((limit for limit in limits if limit is not None), default=None)


def _limit(callee: Callee, profile: Profile) -> bool | None:
    tools = tools_of(callee.body) if isinstance(callee, NamedPlan) else [callee]
    limits = [_tool_limit(tool, profile) for tool in tools]
    return None if None in limits else any(limits)


def _tool_limit(tool: TypedFunction[..., object], profile: Profile) -> bool | None:
    if tool.model_class is None or uses_writer(tool):
        return False
    domains = {card.domain for card in profile.cards_for(tool.name)}
    return domains <= media_domains().keys() if domains else None


def _on_a_usual_machine(profile: Profile) -> Profile:
    memory_bytes = _MEMORY_BYTES if profile.device == CPU else profile.memory_bytes
    return replace(
        profile,
        sources=profile.sources | profile.missing_clients,
        missing_clients=frozenset(),
        memory_bytes=memory_bytes,
    )


def _size(profile: Profile) -> tuple[int, int]:
    return profile.gpu_memory_bytes, len(profile.models)
