"""The agent: run a request with files and read its events.

>>> async with AgentRuntime.open(Settings()) as agent:
...     async for event in agent.run("What does the sign say?", [Path("sign.png")]):
...         print(event)

Closing the stream stops the run; `resume` continues it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.joint.conductor import is_joint
from agent.plan import CheckedPlan
from agent.planner.planner_settings import DEFAULT_SETTINGS, PlannerSettings
from agent.record.artifacts import Encoded, types_of
from agent.record.budget import Budget
from agent.record.events import (
    CommandFinished,
    Estimate,
    Event,
    FileReduced,
    NamedValue,
    RunObserver,
    RunResumed,
    RunStarted,
)
from agent.record.journal import Run
from agent.record.storage import FolderStorage, Storage
from agent.record.storage_errors import explain_storage_errors
from agent.runtime.client_tools import ClientResults, finished_event
from agent.runtime.conversation_state import ConversationState, name_uploads, read_turns
from agent.runtime.cost_estimate import CostHistory, estimate
from agent.runtime.graph.run_graph import RunGraph, decision_input, start_input
from agent.runtime.run_execution import RunExecution, create_planner
from agent.runtime.session import Session
from agent.runtime.workers import OpenWorkers
from agent.telemetry.environment import telemetry_from_environment
from tools.errors import InputError
from tools.home import home, make_private
from tools.media import Media, Video
from tools.media.open_untrusted import open_folder, open_media
from tools.sdk.tool import Tool

if TYPE_CHECKING:
    from agent.runtime.graph.run_graph import GraphInput

_CONTINUE = "continue"
"""The decision that continues a run with the results of its client's tools."""


@dataclass(frozen=True)
class Settings:
    """Settings that apply to all runs of an agent."""

    profile: str = "offline"
    language_model: str = ""
    """As `provider:model`; the profile's default if empty."""
    tool_files: tuple[Path, ...] = ()
    tools: tuple[Tool[..., Any], ...] = ()
    budget: Budget = field(default_factory=Budget)
    planner: PlannerSettings = DEFAULT_SETTINGS
    home: Path = field(default_factory=home)
    """The folder of weights, runs, artifacts and the user's own tools."""
    observers: tuple[RunObserver, ...] = ()
    """Receive the events of all runs, and those of models with an empty run."""
    artifacts: str = ""
    """The URL of the artifact store; a folder of the home if empty."""
    storage: Storage | None = None
    """Keeps runs and conversations; None for the home."""
    workers: OpenWorkers | None = None
    """Opens the workers that run the tools with models; None for this process."""

    def storage_or_home(self) -> Storage:
        """Return the storage of runs and conversations."""
        return self.storage or FolderStorage(self.home)


@dataclass(frozen=True)
class Decision:
    """A decision on a plan under review: approve, refuse or replace it."""

    answer: str
    plan: str = ""


class AgentRuntime:
    """Runs requests, several at once if needed. Created by `AgentRuntime.open`."""

    def __init__(
        self,
        settings: Settings,
        session: Session,
        graph: RunGraph,
        observers: Sequence[RunObserver] = (),
    ) -> None:
        self.settings = settings
        self.session = session
        self.runs = settings.storage_or_home().runs
        self._graph = graph
        self._observers = observers
        self._history = CostHistory(self.runs)

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncGenerator[AgentRuntime]:
        """Open the agent with its checkpoints; no model is loaded yet."""
        session = Session.load(
            settings.profile,
            settings.tool_files,
            settings.language_model,
            settings.tools,
            home=settings.home,
            artifacts=settings.artifacts,
            planner_settings=settings.planner,
        )
        observers = [*settings.observers, *telemetry_from_environment()]
        async with AsyncExitStack() as stack:
            with explain_storage_errors(settings.home):
                make_private(settings.home)
                graph = await stack.enter_async_context(
                    RunGraph.open(settings.storage_or_home().checkpoints)
                )
            agent = cls(settings, session, graph, observers)
            for observer in observers:
                stack.enter_context(session.subscribe(partial(observer.on_event, "")))
            stack.push_async_callback(session.close)
            if settings.workers:
                session.workers = await stack.enter_async_context(settings.workers(session))
            yield agent

    async def run(
        self,
        request: str,
        files: Sequence[Path | Media] = (),
        *,
        named_files: Mapping[str, Path] | None = None,
        named_values: Mapping[str, Encoded] | None = None,
        plan: str = "",
        conversation: str = "",
        seed: int = 0,
        ask_first: bool = False,
        ask_if_costly: bool = False,
        client_tools: Sequence[Tool[..., Any]] = (),
    ) -> AsyncGenerator[Event]:
        """Run a request, or a finished plan, and yield its events.

        `named_values` are values that are already in the store, by their names in the plan. The
        run ends with `ClientCallsAsked` when it needs a result of `client_tools`.
        """
        notes: list[str] = []
        uploads = [
            await self.session.run_in_opener(self._store_file, file, notes) for file in files
        ]
        named_inputs = [NamedValue(name, value) for name, value in (named_values or {}).items()]
        named_inputs += [
            NamedValue(name, await self.session.run_in_opener(self._store_file, path, notes))
            for name, path in (named_files or {}).items()
        ]
        run = self.runs.new()
        conversation = conversation or run.id
        with explain_storage_errors(self.settings.home):
            names = await self.conversation_names(conversation)
        start_event = RunStarted(
            run=run.id,
            conversation=conversation,
            request=request,
            files=[*named_inputs, *name_uploads(names, uploads)],
            profile=self.session.profile.name,
            language_model=self.session.language_model_name,
            seed=seed,
            plan=plan,
            ask_first=ask_first,
            ask_if_costly=ask_if_costly,
        )
        with explain_storage_errors(self.settings.home), run.lock():
            session = self.session.with_tools(client_tools) if client_tools else self.session
            graph_input = start_input(start_event)
            events = self._execution(session, run, start_event).events(start_event, graph_input)
            async with aclosing(events):
                yield await anext(events)
                for note in notes:
                    run.append(reduced := FileReduced(note))
                    yield reduced
                async for event in events:
                    yield event

    async def resume(
        self,
        run_id: str,
        decision: Decision | None = None,
        client_results: ClientResults | None = None,
    ) -> AsyncGenerator[Event]:
        """Continue a run that was stopped, failed or waits."""
        run = self.runs.find(run_id)
        with explain_storage_errors(self.settings.home), run.lock():
            if run.summary().state == "done":
                for event in run.events():
                    yield event
                return
            start_event = run.start_event()
            session = self.session
            if client_results:
                session = session.with_tools(client_results.tools)
                for result in await self._client_events(run, start_event, client_results):
                    run.append(result)
                    yield result
                decision = Decision(_CONTINUE)
            graph_input = await self._resume_input(run, start_event, decision)
            resume_event = RunResumed(
                run.id,
                len(run.finished_commands()),
                conversation=start_event.conversation,
                profile=start_event.profile,
                language_model=start_event.language_model,
            )
            events = self._execution(session, run, start_event).events(resume_event, graph_input)
            async with aclosing(events):
                async for event in events:
                    yield event

    async def _client_events(
        self, run: Run, start_event: RunStarted, results: ClientResults
    ) -> list[CommandFinished]:
        """Return the events that record the client's results."""
        checkpoint = await self._graph.checkpoint(start_event.conversation)
        calls = checkpoint.client_calls if checkpoint.run == run.id else ()
        if not calls or {call.path for call in calls} != set(results.values):
            raise InputError(
                f"run {run.id!r} does not wait for these results",
                hint="give the results of all calls of its last answer, once",
            )
        return [finished_event(call, results.values[call.path]) for call in calls]

    async def _resume_input(
        self, run: Run, start_event: RunStarted, decision: Decision | None
    ) -> GraphInput:
        """Return the graph input that resumes the run, if it needs any."""
        checkpoint = await self._graph.checkpoint(start_event.conversation)
        if checkpoint.run != run.id:
            if run.id in checkpoint.runs:
                raise InputError(
                    f"the conversation has continued after run {run.id!r}",
                    hint="give the request again with: batuta run",
                    page_hint="ask again",
                )
            return start_input(start_event)
        if checkpoint.is_input:  # killed before its first node
            return start_input(start_event)
        if checkpoint.client_calls and (decision is None or decision.answer != _CONTINUE):
            raise InputError(
                f"run {run.id!r} waits for the results of its client's tools",
                hint="give the request again with: batuta run",
            )
        if checkpoint.waits:
            if decision is None:
                raise InputError(
                    f"run {run.id!r} waits for a decision about its plan",
                    hint="give --approve, --refuse or --plan FILE",
                )
            if decision.plan:
                self.session.read_plan(decision.plan, checkpoint.values["plan_names"])
            return decision_input(decision.answer, decision.plan)
        if checkpoint.is_finished and checkpoint.failures:
            # It ended with failures: retry the failed commands, keep the finished ones.
            await self._graph.retry_failures(start_event.conversation, checkpoint)
        return None

    async def warm_up(self) -> None:
        """Load the language model before the first request."""
        if is_joint(name := self.session.language_model_name):
            self.session.residency.prefetch(name.replace(":", "/"))
            return
        await create_planner(self.session, self.settings.budget).warm_up()

    async def plan(self, request: str, files: Sequence[Path | Media] = ()) -> CheckedPlan:
        """Plan a request without running the plan."""
        names = await self._name_files(files)
        session = self.session
        return await create_planner(session, self.settings.budget).plan(
            request,
            types_of(names),
            session.describe_values(names),
            (),
            tools=session.offered_for(names),
        )

    async def check(self, text: str, files: Sequence[Path | Media] = ()) -> CheckedPlan:
        """Check the text of a plan; PlanError lists every problem."""
        return self.session.read_plan(text, await self._name_files(files))

    def estimate(self, checked: CheckedPlan) -> Estimate:
        """Estimate the cost of a plan from earlier runs."""
        return estimate(checked, self.session, self._history, self.settings.budget)

    async def undo(self, run_id: str) -> tuple[str, ...]:
        """Remove a run and later ones from their conversation; return their ids.

        Their results stay in the store, so that the same commands are cached.
        """
        start_event = self.runs.find(run_id).start_event()
        return await self._graph.rewind(start_event.conversation, run_id)

    async def describe_names(self, conversation: str) -> dict[str, str]:
        """Return the names of a conversation with a description of each value."""
        names = await self.conversation_names(conversation)
        return {name: self.session.store.as_text(value) for name, value in names.items()}

    async def _name_files(self, files: Sequence[Path | Media]) -> dict[str, Encoded]:
        uploads = [await self.session.run_in_opener(self._store_file, file, []) for file in files]
        return {file.name: file.value for file in name_uploads({}, uploads)}

    def _store_file(self, file: Path | Media, notes: list[str]) -> Encoded:
        """Store the content of a file; add to `notes` how it was reduced."""
        if isinstance(file, Media):
            return self.session.store.encode(file, origin=file.kind)
        content = open_folder(file) if file.expanduser().is_dir() else open_media(file)
        if isinstance(content, Video) and content.note:
            notes.append(content.note)
        return self.session.store.encode(content, origin=file.name)

    async def store_upload(self, content: Media | str, name: str) -> Encoded:
        """Store the content of an uploaded file and return its reference."""
        return await asyncio.to_thread(self.session.store.encode, content, origin=name)

    async def suggest_names(self, conversation: str, values: Sequence[Encoded]) -> list[NamedValue]:
        """Name new values as the conversation would name them."""
        return name_uploads(await self.conversation_names(conversation), values)

    async def conversation_names(self, conversation: str) -> dict[str, Encoded]:
        """Return the values that a conversation has a name for."""
        return (await self._graph.checkpoint(conversation)).names

    async def conversation_state(self, conversation: str) -> ConversationState:
        """Return the last run, the names and the turns of a conversation."""
        checkpoint = await self._graph.checkpoint(conversation)
        turns = await asyncio.to_thread(
            read_turns, self.runs, checkpoint.runs, checkpoint.adopted_turns
        )
        return ConversationState(run=checkpoint.run, names=checkpoint.names, turns=turns)

    async def begin_conversation(self, conversation: str, state: ConversationState) -> None:
        """Begin a new conversation with the names and turns of another."""
        await self._graph.begin(conversation, names=state.names, turns=state.turns)

    def _execution(self, session: Session, run: Run, start_event: RunStarted) -> RunExecution:
        return RunExecution(
            graph=self._graph,
            session=session,
            run=run,
            runs=self.runs,
            start_event=start_event,
            budget=self.settings.budget,
            observers=self._observers,
            estimate=self.estimate,
        )
