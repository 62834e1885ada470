"""A pool of agents, one for each chosen profile and language model."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from agent.joint.conductor import JOINT_PROVIDER
from agent.record.events import Event, ModelEvicted, ModelLoaded, ModelLoadFailed
from agent.runtime.agent import Agent, Settings
from tools.errors import InputError
from tools.models.card import JOINT_MODEL, LANGUAGE_MODEL
from tools.models.catalogue import Catalogue
from tools.models.download import plan_pull
from tools.models.profile import Profile, profile_names

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Offer:
    """The profiles and language models on offer; visitors cannot enter others."""

    profiles: tuple[str, ...]
    language_models: tuple[str, ...]


class Agents:
    """Agents that open at first use and close together."""

    def __init__(self, settings: Settings, language_models: Sequence[str] = ()) -> None:
        self._settings = settings
        self._language_models = tuple(language_models)
        self._open: dict[tuple[str, str], Agent] = {}
        self._opening = asyncio.Lock()
        self._stack = AsyncExitStack()
        self.when_memory_changes: Callable[[], None] = lambda: None
        """Called in the event loop when a model was loaded or evicted."""
        self._warm: set[Agent] = set()
        self._warming: dict[asyncio.Task[None], Agent] = {}

    def offer(self, profile: str = "") -> Offer:
        """Return the profiles, and the installed language models for this profile."""
        chosen = Profile.load(profile or self._settings.profile, Catalogue.load())
        own = self._settings.language_model if chosen.name == self._settings.profile else ""
        here = [
            f"{provider}:{card.id.partition('/')[2]}"
            for provider, tool in (("local", LANGUAGE_MODEL), (JOINT_PROVIDER, JOINT_MODEL))
            for card in chosen.cards_for(tool)
            if all(item.present for item in plan_pull([card]))
        ]
        known = [own, *self._language_models, chosen.language_model, *here]
        return Offer(
            profiles=tuple(dict.fromkeys([self._settings.profile, *profile_names()])),
            language_models=tuple(dict.fromkeys(filter(None, known))),
        )

    async def get(self, profile: str = "", language_model: str = "") -> Agent:
        """Return the agent for this choice; empty means the server's default."""
        wanted = self._wanted(profile, language_model)
        async with self._opening:
            if wanted not in self._open:
                settings = replace(self._settings, profile=wanted[0], language_model=wanted[1])
                opened = await self._stack.enter_async_context(Agent.open(settings))
                # All profiles share the machine's memory: evict the models that are not in use.
                for agent in self._open.values():
                    await agent.orchestra.relieve()
                self._stack.enter_context(opened.orchestra.watched(self._watch))
                self._open[wanted] = opened
            return self._open[wanted]

    def _watch(self, event: Event) -> None:
        if isinstance(event, ModelLoaded | ModelLoadFailed | ModelEvicted):
            self.when_memory_changes()

    def _wanted(self, profile: str, language_model: str) -> tuple[str, str]:
        profile = profile or self._settings.profile
        if profile not in {self._settings.profile, *profile_names()}:
            raise InputError(f"there is no profile {profile!r}", hint="choose one from the list")
        own = self._settings.language_model if profile == self._settings.profile else ""
        chosen = language_model or own
        return profile, chosen or Profile.load(profile, Catalogue.load()).language_model

    def is_getting_ready(self, agent: Agent) -> bool:
        """Return whether its language model is still reading the fixed prompt."""
        return agent in self._warming.values()

    def warm_up(self, agent: Agent) -> None:
        """Warm up the language model while people type."""
        if agent in self._warm:
            return
        self._warm.add(agent)
        task = asyncio.create_task(agent.warm_up())
        self._warming[task] = agent
        task.add_done_callback(self._warmed_up)

    def _warmed_up(self, task: asyncio.Task[None]) -> None:
        del self._warming[task]
        if not task.cancelled() and (error := task.exception()):
            # The first request will fail with the same error and show it.
            log.info("the language model could not be warmed up: %s", error)

    async def close(self) -> None:
        for task in self._warming:
            task.cancel()
        if self._warming:
            await asyncio.wait(self._warming)
        await self._stack.aclose()
