"""The tools, models and stores that all runs of one process share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event as StopEvent
from typing import TYPE_CHECKING, Any

from agent import events
from agent.artifacts import ArtifactStore, Encoded, types_of
from agent.choosing import SCENE, is_written, knows_only_scenes, pin_of
from agent.language_models import create
from agent.plan import CheckedPlan, read_plan
from tools import loading
from tools.card_loader import CardLoader
from tools.cards import Catalogue
from tools.domain import domain_of
from tools.footprints import Footprints
from tools.home import home
from tools.media import Image
from tools.plugin import Tool
from tools.profile import Profile
from tools.registry import Registry
from tools.residency import Residency
from tools.sources import PullProgress, fetch, plan_pull

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

Watcher = Callable[[events.Event], None]


@dataclass
class Orchestra:
    """Made by `Orchestra.load`; `close` lets every model go."""

    registry: Registry
    catalogue: Catalogue
    profile: Profile
    store: ArtifactStore
    language_model_name: str
    residency: Residency = field(init=False)
    # A tool may hold its thread for long, and a plan be wide: more threads than cores.
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(32, "tool"))
    _lingering: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _watchers: list[Watcher] = field(default_factory=list[Watcher])
    _language_model: BaseChatModel | None = None

    def __post_init__(self) -> None:
        self.residency = Residency(
            CardLoader(self.profile),
            {self.profile.device: self.profile.memory_bytes},
            observe=self._observe,
            footprints=Footprints(home() / "footprints.json"),
        )

    @classmethod
    def load(
        cls, profile: str, tool_files: Sequence[Path] = (), language_model: str = ""
    ) -> Orchestra:
        """The orchestra of a profile, with a person's own tools and choice of language model."""
        catalogue = Catalogue.load()
        chosen = Profile.load(profile, catalogue)
        return cls(
            registry=Registry.load(tool_files),
            catalogue=catalogue,
            profile=chosen,
            store=ArtifactStore(str(home() / "artifacts")),
            language_model_name=language_model or chosen.language_model,
        )

    def language_model(self) -> BaseChatModel:
        """The language model, made at first use; its weights load at its first call."""
        if self._language_model is None:
            self._language_model = create(self.language_model_name, fetch=self.weights_of)
        return self._language_model

    @property
    def offered(self) -> dict[str, Tool[..., Any]]:
        """The tools that plans may use: those that need no model, or have one in the profile."""
        return {
            tool.name: tool
            for tool in self.registry.values()
            if tool.model_class is None or self.profile.offers(tool.name) or is_written(tool)
        }

    def offered_for(self, names: Mapping[str, Encoded]) -> dict[str, Tool[..., Any]]:
        """The tools a planner is told of: those that know only scenes, where a picture is one."""
        offered = self.offered
        if any(self._is_scene(value) for value in names.values()):
            return offered
        return {
            name: tool
            for name, tool in offered.items()
            if not knows_only_scenes(tool, self.profile)
        }

    def _is_scene(self, value: Encoded) -> bool:
        media = self.store.decode(value) if isinstance(value, dict) else None
        return isinstance(media, Image) and domain_of(media) == SCENE

    @property
    def pins(self) -> dict[str, list[str]]:
        """The models that a plan may choose for each tool."""
        return {
            name: [pin_of(card.id) for card in self.profile.cards_for(name)]
            for name, tool in self.offered.items()
            if tool.model_class is not None
        }

    def read_plan(self, text: str, names: Mapping[str, Encoded]) -> CheckedPlan:
        """The plan that a text holds; PlanError with every problem it has here."""
        return read_plan(text, self.offered, types_of(names), pins=self.pins)

    def prepare(self, run: str, tools: Sequence[Tool[..., Any]]) -> None:
        """Say which tools a run will use, in order: their models begin to load where room is."""
        models = [
            cards[0]
            for tool in tools
            if tool.model_class is not None and (cards := self.profile.cards_for(tool.name))
        ]
        self.residency.expect(run, [model.id for model in models])
        for model in dict.fromkeys(models):
            if all(item.present for item in plan_pull([model])):
                self.residency.prefetch(model.id)

    def fetch_weights(self, model: str, stop: StopEvent) -> None:
        """Bring the model's files here if they are not, telling those who watch."""
        fetch(self.profile.card(model), observe=self._observe_pull, stop=stop)

    def weights_of(self, model: str) -> Path:
        """The one file of a model that is a single file, as language models are."""
        (path,) = fetch(self.profile.card(model), observe=self._observe_pull).values()
        return path

    @contextmanager
    def watched(self, watcher: Watcher) -> Generator[None]:
        """While this lasts, the watcher is told what happens to models. Call it from the loop."""
        loop = asyncio.get_running_loop()

        def tell(event: events.Event) -> None:
            loop.call_soon_threadsafe(watcher, event)

        self._watchers.append(tell)
        try:
            yield
        finally:
            self._watchers.remove(tell)

    async def relieve(self) -> None:
        """Let every model go that nobody uses."""
        await self.residency.relieve(self.profile.device)

    def bytes_of(self, model: str) -> int:
        """What a model takes in memory; 0 if it is not there."""
        return sum(each.bytes for each in self.residency.resident() if each.model == model)

    def release_when_done(self, running: asyncio.Future[Any], lease: AsyncExitStack) -> None:
        """Give the lease back once the thread that uses its model has ended."""

        async def release() -> None:
            await asyncio.wait({running})
            running.exception()  # looked at, so that nobody warns it was not
            await lease.aclose()

        task = asyncio.create_task(release())
        self._lingering.add(task)
        task.add_done_callback(self._lingering.discard)

    async def close(self) -> None:
        if close := getattr(self._language_model, "close", None):
            close()
        await self.residency.close()
        self.threads.shutdown(wait=False, cancel_futures=True)

    def _observe(self, event: loading.ResidencyEvent) -> None:
        match event:
            case loading.ModelLoading(model, device, expected):
                self._tell(events.ModelLoading(model, device, expected))
            case loading.ModelLoaded(model, device, taken, seconds):
                self._tell(events.ModelLoaded(model, device, taken, round(seconds, 3)))
            case loading.ModelEvicted(model, device, freed, reason):
                self._tell(events.ModelEvicted(model, device, freed, reason))
            case loading.ModelLoadFailed(model, device, error):
                self._tell(events.ModelLoadFailed(model, device, error))

    def _observe_pull(self, progress: PullProgress) -> None:
        self._tell(
            events.WeightsPulled(
                progress.card, progress.source, progress.done_bytes, progress.total_bytes
            )
        )

    def _tell(self, event: events.Event) -> None:
        for tell in self._watchers:
            tell(event)
