"""The tools, models and stores that the runs of one agent share."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Event as StopEvent
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from agent.plan import (
    Callee,
    CheckedPlan,
    NamedPlan,
    PlanError,
    Problem,
    read_plan,
    read_unchecked,
    steps,
    tools_of,
)
from agent.planner.llm import create
from agent.planner.llm.language_model_files import ADAPTER, LanguageModelFiles
from agent.planner.planner_settings import DEFAULT_SETTINGS, PlannerSettings
from agent.record import events
from agent.record.artifacts import ArtifactStore, Encoded, types_of
from agent.runtime.named_plans import SUFFIX, NamedPlans
from agent.runtime.unavailable_tools import why_absent
from agent.runtime.workers import Workers
from tools.models.auto_profile import resolve_profile
from tools.models.card import Card
from tools.models.catalogue import Catalogue
from tools.models.download import PullProgress, fetch, plan_pull
from tools.models.hardware import require_gpu
from tools.models.media_domain import MediaDomain, media_domains
from tools.models.profile import CPU, Profile
from tools.models.residency.card_loader import CardLoader
from tools.models.residency.footprints import Footprints
from tools.models.residency.residency import Residency
from tools.models.routing import pin_of, required_domains, uses_writer
from tools.sdk.registry import BrokenPlugin, Registry
from tools.sdk.tool import Tool

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

P = ParamSpec("P")
R = TypeVar("R")
Subscriber = Callable[[events.Event], None]


@dataclass
class Session:
    """Tools, models and stores of a profile; `close` unloads all models."""

    registry: Registry
    plans: NamedPlans
    catalogue: Catalogue
    profile: Profile
    home: Path
    store: ArtifactStore
    language_model_name: str
    text_model_name: str
    workers: Workers | None = None
    """Run the tools that have a model; without them they run in this process."""
    planner_settings: PlannerSettings = DEFAULT_SETTINGS
    loader: CardLoader = field(init=False)
    residency: Residency = field(init=False)
    # More threads than cores: a tool may block its thread, and a plan may run many at once.
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(32, "tool"))
    # Separate threads for opening files, so that slow hostile files delay no other work.
    openers: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, "opener"))
    _release_tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _subscribers: list[Subscriber] = field(default_factory=list[Subscriber])
    _offered_by_domains: dict[frozenset[str], Mapping[str, Callee]] = field(
        default_factory=dict[frozenset[str], Mapping[str, "Callee"]]
    )
    _language_models: dict[str, BaseChatModel] = field(default_factory=dict[str, "BaseChatModel"])

    def __post_init__(self) -> None:
        self.loader = CardLoader(self.profile)
        self.residency = Residency(
            self.loader,
            self.profile.budgets,
            observe=self._publish,
            footprints=Footprints(self.home / "footprints.json"),
        )

    @classmethod
    def load(
        cls,
        profile: str,
        tool_files: Sequence[Path] = (),
        language_model: str = "",
        tools: Sequence[Tool[..., Any]] = (),
        *,
        home: Path,
        artifacts: str = "",
        planner_settings: PlannerSettings = DEFAULT_SETTINGS,
    ) -> Session:
        """Load a profile with the user's tools and language model.

        The profile `auto` is the one that this machine can use. A tool file with the suffix
        `.plan` is a named plan. The home folder holds the user's own
        tools, plans, cards and profiles, and everything that runs write; `artifacts` is the URL of
        another place for media and results.
        """
        catalogue = Catalogue.load(home)
        selected_profile = Profile.load(resolve_profile(profile, home), catalogue)
        python_files = [path for path in tool_files if path.suffix != SUFFIX]
        plan_files = [path for path in tool_files if path.suffix == SUFFIX]
        registry = Registry.load(python_files, home / "tools")
        for tool in tools:
            registry.add(tool)
        return cls(
            registry=registry,
            plans=NamedPlans.load(registry, plan_files, home / "plans"),
            catalogue=catalogue,
            profile=selected_profile,
            home=home,
            store=ArtifactStore(artifacts or str(home / "artifacts")),
            language_model_name=language_model or selected_profile.language_model,
            text_model_name=_text_model_name(language_model, selected_profile),
            planner_settings=planner_settings,
        )

    def with_tools(self, tools: Sequence[Tool[..., Any]]) -> Session:
        """Return this session with more tools, for one run; models and stores are shared."""
        session = copy.copy(self)
        session.registry = self.registry.extended(tools)
        session._offered_by_domains = {}
        for name in ("offered", "absent", "pins"):
            session.__dict__.pop(name, None)
        return session

    def language_model(self) -> BaseChatModel:
        """Return the model that plans; its weights load at its first call."""
        return self._create_model(self.language_model_name)

    def text_model(self) -> BaseChatModel:
        """Return the model that writes summaries, translations and replies."""
        return self._create_model(self.text_model_name)

    def _create_model(self, name: str) -> BaseChatModel:
        if name not in self._language_models:
            self._language_models[name] = create(
                name, fetch=self.language_model_files, prompt_cache_folder=self.home / "llm-cache"
            )
        return self._language_models[name]

    @property
    def broken(self) -> tuple[BrokenPlugin, ...]:
        """The tools and named plans that could not be loaded."""
        return self.registry.broken + self.plans.broken

    def find(self, name: str) -> Callee:
        """Return the tool or named plan that a name refers to."""
        return self.offered.get(name) or self.plans.get(name) or self.registry[name]

    @cached_property
    def offered(self) -> Mapping[str, Callee]:
        """What plans may call: tools that can run here, and named plans."""
        tools = {tool.name: tool for tool in self.registry.values() if self._can_run(tool)}
        return tools | _plans_with(self.plans, tools)

    def _offered_in(self, domains: frozenset[str]) -> Mapping[str, Callee]:
        """Return what plans may call for media of these domains."""
        if domains not in self._offered_by_domains:
            tools = {
                tool.name: tool
                for tool in self.offered.values()
                if isinstance(tool, Tool) and self._accepts(tool, domains)
            }
            self._offered_by_domains[domains] = tools | _plans_with(self.plans, tools)
        return self._offered_by_domains[domains]

    def _accepts(self, tool: Tool[..., Any], domains: frozenset[str]) -> bool:
        required = required_domains(tool, self.profile)
        return not required or bool(required & domains)

    @cached_property
    def absent(self) -> Mapping[str, Callee]:
        """Tools without a model in the profile, and plans that need them."""
        callees: Mapping[str, Callee] = {**self.plans, **self.registry}
        return {name: callee for name, callee in callees.items() if name not in self.offered}

    def why_absent(self, name: str) -> str:
        """Return the sentence that says why a callee is absent."""
        callee = self.absent[name]
        tools = tools_of(callee.body) if isinstance(callee, NamedPlan) else [callee]
        missing_tool = next(tool for tool in tools if tool.name in self.absent)
        return why_absent(missing_tool, self.profile)

    def offered_for(self, names: Mapping[str, Encoded]) -> Mapping[str, Callee]:
        """Return what a planner may call for these named values."""
        domains = filter(None, map(self._domain_of, names.values()))
        return self.offered_in_domains(frozenset(domain.name for domain in domains))

    def offered_in_domains(self, domains: frozenset[str]) -> Mapping[str, Callee]:
        """Return what a planner may call for media of these domains."""
        offered = self._offered_in(domains)
        return {name: callee for name, callee in offered.items() if not _is_internal(callee)}

    def describe_values(self, names: Mapping[str, Encoded]) -> Mapping[str, str]:
        """Return a description of each named value for the planner's prompt."""
        return {name: self._describe(value) for name, value in names.items()}

    def _describe(self, value: Encoded) -> str:
        text = self.store.as_text(value)
        domain = self._domain_of(value)
        return domain.describe(text) if domain else text

    def _can_run(self, tool: Tool[..., Any]) -> bool:
        return tool.model_class is None or self.profile.offers(tool.name) or uses_writer(tool)

    def _domain_of(self, value: Encoded) -> MediaDomain | None:
        if not isinstance(value, dict):
            return None
        return media_domains().get(self.store.describe(value["artifact"], value["kind"]).domain)

    @cached_property
    def pins(self) -> Mapping[str, list[str]]:
        """The models that a plan may pin, for each tool."""
        return {
            name: [pin_of(card.id) for card in self.profile.cards_for(name)]
            for name, tool in self.offered.items()
            if isinstance(tool, Tool) and tool.model_class is not None
        }

    def read_plan(self, text: str, names: Mapping[str, Encoded]) -> CheckedPlan:
        """Parse and check a plan; PlanError lists every problem."""
        # A named plan may replace a tool that is limited to a domain of which there is no medium.
        callees = {**self.offered, **self.offered_for(names), **self.absent}
        if self.planner_settings.checks_plans:
            checked = read_plan(text, callees, types_of(names), pins=self.pins)
        else:
            checked = read_unchecked(text, callees, types_of(names))
        problems = [
            Problem(step.line, 1, self.why_absent(step.tool))
            for step in steps(checked)
            if step.tool in self.absent
        ]
        if problems:
            raise PlanError(problems)
        return checked

    def prepare(self, run: str, tools: Sequence[Tool[..., Any]]) -> None:
        """Announce the tools of a run and prefetch models that fit memory."""
        if self.workers:
            return
        models = [
            cards[0]
            for tool in tools
            if tool.model_class is not None and (cards := self.profile.cards_for(tool.name))
        ]
        self.residency.expect(run, [model.id for model in models])
        for model in dict.fromkeys(models):
            if all(item.present for item in plan_pull([model])):
                self.residency.prefetch(model.id, device=self.profile.device_of(model))

    def fetch_weights(self, card: Card, stop: StopEvent) -> None:
        """Check the files of a model, fetch missing ones and publish the progress."""
        if self.profile.device_of(card) != CPU:
            require_gpu(self.profile)
        self.loader.fetch(card, self._publish_pull_progress, stop)

    def language_model_files(self, model: str) -> LanguageModelFiles:
        """Fetch a language model of the catalogue and return its files."""
        card = self.profile.card(model)
        self.profile.require_consent(card)
        files = fetch(card, observe=self._publish_pull_progress)
        return LanguageModelFiles.of_card(files)

    @contextmanager
    def subscribe(self, subscriber: Subscriber) -> Generator[None]:
        """Send model events to the subscriber, on the running event loop."""
        loop = asyncio.get_running_loop()

        def notify(event: events.Event) -> None:
            loop.call_soon_threadsafe(subscriber, event)

        self._subscribers.append(notify)
        try:
            yield
        finally:
            self._subscribers.remove(notify)

    async def evict_idle(self) -> None:
        """Evict every model that is not in use."""
        for device in self.profile.budgets:
            await self.residency.evict_idle(device)

    def bytes_of(self, model: str) -> int:
        """Return the memory use of a model, 0 if not loaded."""
        return sum(entry.bytes for entry in self.residency.residents() if entry.model == model)

    def release_when_done(self, future: asyncio.Future[Any], lease: AsyncExitStack) -> None:
        """Release a lease when the thread that uses its model has ended."""

        async def release() -> None:
            await asyncio.wait({future})
            future.exception()  # retrieve it, or asyncio logs that it was never retrieved
            await lease.aclose()

        task = asyncio.create_task(release())
        self._release_tasks.add(task)
        task.add_done_callback(self._release_tasks.discard)

    async def run_in_opener(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run a function that opens files in a thread reserved for that."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.openers, lambda: function(*args, **kwargs))

    async def close(self) -> None:
        for model in self._language_models.values():
            if close := getattr(model, "close", None):
                close()
        await self.residency.close()
        for threads in (self.threads, self.openers):
            threads.shutdown(wait=False, cancel_futures=True)

    def _publish_pull_progress(self, progress: PullProgress) -> None:
        self._publish(
            events.WeightsPulled(
                progress.card, progress.source, progress.done_bytes, progress.total_bytes
            )
        )

    def _publish(self, event: events.Event) -> None:
        for notify in self._subscribers:
            notify(event)


def _text_model_name(language_model: str, profile: Profile) -> str:
    """Return the model that writes texts: the selected one, unless it can only plan."""
    provider, _, name = (language_model or profile.language_model).partition(":")
    card_id = f"llm/{name}"
    only_plans = (
        provider == "local"
        and card_id in profile.catalogue
        and any(file.name == ADAPTER for file in profile.catalogue[card_id].files)
    )
    return profile.text_model if only_plans else language_model or profile.language_model


def _is_internal(callee: Callee) -> bool:
    return isinstance(callee, Tool) and callee.internal


def _plans_with(plans: NamedPlans, tools: Mapping[str, Callee]) -> dict[str, NamedPlan]:
    """Return the named plans that call only these tools.

    A tool hides a plan of the same name.
    """
    return {
        name: plan
        for name, plan in plans.items()
        if name not in tools and all(tool.name in tools for tool in tools_of(plan.body))
    }
