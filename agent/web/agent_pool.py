"""A pool of agents, one for each chosen profile and language model."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace

from agent.joint.conductor import JOINT_PROVIDER
from agent.record.events import Event, ModelEvicted, ModelLoaded, ModelLoadFailed
from agent.runtime.agent_runtime import AgentRuntime, Settings
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


class AgentPool:
    """Agents that open at first use and close together."""

    def __init__(self, settings: Settings, language_models: Sequence[str] = ()) -> None:
        self._settings = settings
        self.home = settings.home
        self.storage = settings.storage_or_home()
        self._language_models = tuple(language_models)
        self._agents: dict[tuple[str, str], AgentRuntime] = {}
        self._open_lock = asyncio.Lock()
        self._stack = AsyncExitStack()
        self.on_memory_change: Callable[[], None] = lambda: None
        """Called in the event loop when a model was loaded or evicted."""
        self._warm_agents: set[AgentRuntime] = set()
        self._warm_up_tasks: dict[asyncio.Task[None], AgentRuntime] = {}

    def offer(self, profile: str = "") -> Offer:
        """Return the profiles, and the installed language models for this profile."""
        loaded_profile = Profile.load(profile or self._settings.profile, Catalogue.load(self.home))
        default_model = (
            self._settings.language_model if loaded_profile.name == self._settings.profile else ""
        )
        local_models = [
            f"{provider}:{card.id.partition('/')[2]}"
            for provider, tool in (("local", LANGUAGE_MODEL), (JOINT_PROVIDER, JOINT_MODEL))
            for card in loaded_profile.cards_for(tool)
            if all(item.present for item in plan_pull([card]))
        ]
        candidates = [
            default_model,
            *self._language_models,
            loaded_profile.language_model,
            *local_models,
        ]
        return Offer(
            profiles=tuple(dict.fromkeys([self._settings.profile, *profile_names(self.home)])),
            language_models=tuple(dict.fromkeys(filter(None, candidates))),
        )

    async def get(self, profile: str = "", language_model: str = "") -> AgentRuntime:
        """Return the agent for this choice; empty means the server's default."""
        key = self._key(profile, language_model)
        async with self._open_lock:
            if key not in self._agents:
                settings = replace(self._settings, profile=key[0], language_model=key[1])
                new_agent = await self._stack.enter_async_context(AgentRuntime.open(settings))
                # All profiles share the machine's memory: evict the models that are not in use.
                for agent in self._agents.values():
                    await agent.session.evict_idle()
                self._stack.enter_context(new_agent.session.subscribe(self._on_model_event))
                self._agents[key] = new_agent
            return self._agents[key]

    def _on_model_event(self, event: Event) -> None:
        if isinstance(event, ModelLoaded | ModelLoadFailed | ModelEvicted):
            self.on_memory_change()

    def _key(self, profile: str, language_model: str) -> tuple[str, str]:
        profile = profile or self._settings.profile
        if profile not in {self._settings.profile, *profile_names(self.home)}:
            raise InputError(f"there is no profile {profile!r}", hint="choose one from the list")
        default_model = self._settings.language_model if profile == self._settings.profile else ""
        model_name = language_model or default_model
        if not model_name:
            model_name = Profile.load(profile, Catalogue.load(self.home)).language_model
        return profile, model_name

    def is_warming_up(self, agent: AgentRuntime) -> bool:
        """Return whether its language model is still reading the fixed prompt."""
        return agent in self._warm_up_tasks.values()

    def warm_up(self, agent: AgentRuntime) -> None:
        """Warm up the language model while people type."""
        if agent in self._warm_agents:
            return
        self._warm_agents.add(agent)
        task = asyncio.create_task(agent.warm_up())
        self._warm_up_tasks[task] = agent
        task.add_done_callback(self._on_warm_up_done)

    def _on_warm_up_done(self, task: asyncio.Task[None]) -> None:
        del self._warm_up_tasks[task]
        self.on_memory_change()
        if not task.cancelled() and (error := task.exception()):
            # The first request will fail with the same error and show it.
            log.info("the language model could not be warmed up: %s", error)

    async def close(self) -> None:
        for task in self._warm_up_tasks:
            task.cancel()
        if self._warm_up_tasks:
            await asyncio.wait(self._warm_up_tasks)
        await self._stack.aclose()
