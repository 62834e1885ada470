"""What clients can do: start, decide, stop and follow runs.

All runs of a server pass through one job queue, whichever route they come from.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from agent.record.artifacts import Encoded, references
from agent.record.events import Event, RunFinished, RunObserver, RunResumed, RunStarted
from agent.record.journal import Run
from agent.runtime.agent_runtime import AgentRuntime, Decision
from agent.runtime.client_tools import ClientResults
from agent.server.access.artifact_links import ArtifactLinks
from agent.server.access.client_records import Client, Clients
from agent.server.api_errors import ApiError
from agent.server.runs.active_runs import ActiveRun, ActiveRuns
from agent.server.runs.file_inputs import ReceivedFile, store_files
from agent.server.runs.run_feed import RunFeed
from agent.server.server_limits import ServerLimits
from agent.web.agent_pool import AgentPool
from agent.web.crash_recovery import InterruptedRun, is_interrupted, resume_interrupted_runs
from agent.web.jobs import JobRunner
from agent.web.view.run_view import RunView
from tools.errors import BatutaError, InputError
from tools.home import make_private
from tools.sdk.tool import Tool

log = logging.getLogger(__name__)

_TAKE_OVER_SECONDS = 10.0
"""How often front processes with a common database look for runs that none executes."""


@dataclass(frozen=True)
class RunSpec:
    """A run that a client asks for; the inputs are in the store already."""

    request: str
    inputs: Mapping[str, Encoded] = field(default_factory=dict[str, Encoded])
    plan: str = ""
    conversation: str = ""
    """The client's name for the conversation; a conversation of its own if empty."""
    seed: int = 0
    profile: str = ""
    ask_first: bool = False
    ask_if_costly: bool = False
    client_tools: Sequence[Tool[..., Any]] = ()
    is_detached: bool = False
    """Whether the run goes on without a connection, also after a restart of the server."""


class RunService:
    """The runs of all clients of one server."""

    def __init__(
        self,
        agents: AgentPool,
        limits: ServerLimits | None = None,
        *,
        jobs: JobRunner | None = None,
    ) -> None:
        self.agents = agents
        self.limits = limits or ServerLimits()
        self.storage = agents.storage
        make_private(agents.home)
        self.clients = Clients(self.storage.records("clients"))
        self.links = ArtifactLinks(self.storage.secret("link_secret"))
        self.runs = self.storage.runs
        slots = self.limits.runs_at_once
        self.jobs = jobs or JobRunner(slots, self.runs, slots_if_alone=slots)
        self.jobs.observers.append(self)
        self.observers: list[RunObserver] = []
        """Receive the events of the clients' runs."""
        self.active = ActiveRuns(self.limits)
        self._open_locks: dict[str, asyncio.Lock] = {}
        self._stop_tasks: set[asyncio.Task[None]] = set()
        self._suspects: asyncio.Task[None] | None = None
        self._take_over_task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Warm up, and resume the detached runs that an earlier server left unfinished."""
        self.agents.warm_up(await self.agents.get())
        await self._resume_after_restart()
        if self.storage.is_shared:
            self._take_over_task = asyncio.create_task(self._take_over_runs())

    async def close(self) -> None:
        if self._take_over_task:
            self._take_over_task.cancel()
            await asyncio.wait({self._take_over_task})
        if self._suspects:
            self._suspects.cancel()
            await asyncio.wait({self._suspects})
        if self._stop_tasks:
            await asyncio.wait(self._stop_tasks)
        await self.jobs.close()
        self.jobs.observers.remove(self)
        await self.agents.close()
        self.storage.close()

    async def store_files(
        self, client: Client, agent: AgentRuntime, files: Sequence[ReceivedFile]
    ) -> list[Encoded]:
        """Open and store files, those of one client one at a time; InputError if one is unusable.

        So the hostile files of one client cannot occupy all processes that decode.
        """
        self.active.require_allowance(client)
        async with self._open_locks.setdefault(client.id, asyncio.Lock()):
            start_time = time.monotonic()
            try:
                values = await store_files(agent, client, files, self.limits.uploads)
            finally:
                client.usage.add(compute_seconds=time.monotonic() - start_time)
        client.usage.add(stored_bytes=sum(len(file.data) for file in files))
        return values

    async def start_run(self, client: Client, spec: RunSpec) -> str:
        """Start or queue a run and return its id."""
        if len(spec.request) > self.limits.request_characters:
            raise InputError(
                f"the request has {len(spec.request):,} characters; "
                f"{self.limits.request_characters:,} are allowed",
                hint="attach the long part as a text file",
            )
        thread = client.thread_of(spec.conversation) if spec.conversation else ""
        with self.active.reserve(client, thread):
            agent = await self.agents.get(spec.profile)
            events = agent.run(
                spec.request,
                named_values=spec.inputs,
                plan=spec.plan,
                conversation=thread,
                seed=spec.seed,
                ask_first=spec.ask_first,
                ask_if_costly=spec.ask_if_costly,
                client_tools=spec.client_tools,
            )
            for value in spec.inputs.values():
                client.add_artifacts(references(value))
            on_end = partial(client.usage.add_run, agent.session.store)
            job = await self.jobs.start(events, self.jobs.signal(client.id), on_end)
        client.add_run(job.run, spec.conversation)
        if spec.is_detached:
            client.mark_unfinished(job.run)
        self._follow(client, self.runs.get(job.run), thread or job.run)
        return job.run

    async def decide(self, client: Client, run: str, decision: Decision) -> None:
        """Approve, replace or refuse the plan of a waiting run."""
        stored_run = self._stored_run(client, run)
        view = self.view(client, run)
        if view.state != "waiting" or view.client_calls:
            raise ApiError(
                409,
                f"run {run!r} does not wait for a decision",
                hint=f"look at its state with: GET /v1/runs/{run}",
                code="run_not_waiting",
            )
        await self.jobs.wait_until_finished(run)  # it may still be writing its last event
        started = stored_run.start_event()
        self.active.require_room(client, started.conversation)
        agent = await self._agent_of(started)
        if decision.plan:
            await self._check_plan(agent, started, decision.plan)
        self._resume(client, stored_run, agent, decision)

    async def give_results(self, client: Client, run: str, results: ClientResults) -> None:
        """Continue a run with the results of its client's tools."""
        stored_run = self._stored_run(client, run)
        await self.jobs.wait_until_finished(run)  # it may still be writing its last event
        started = stored_run.start_event()
        self.active.require_room(client, started.conversation)
        agent = await self._agent_of(started)
        self._resume(client, stored_run, agent, client_results=results)

    async def stop(self, client: Client, run: str) -> None:
        """Stop a run and wait until it has stopped; a finished run stays as it is."""
        stored_run = self._stored_run(client, run)
        client.mark_finished(run)
        await self.jobs.stop(run)
        # A run that was queued or waited for a decision has not written that it stopped.
        is_unfinished = not any(isinstance(event, RunFinished) for event in _last_part(stored_run))
        if is_unfinished:
            with suppress(InputError), stored_run.lock():  # resumed at the same moment
                event = RunFinished("stopped")
                stored_run.append(event)
                self._notify(run, event)

    def stop_soon(self, client: Client, run: str) -> None:
        """Stop a run without waiting for it."""
        task = asyncio.create_task(self.stop(client, run))
        self._stop_tasks.add(task)
        task.add_done_callback(self._stop_tasks.discard)

    def view(self, client: Client, run: str) -> RunView:
        """Return the current view of a run."""
        return self.jobs.view(self._stored_run(client, run))

    def started(self, client: Client, run: str) -> RunStarted:
        """Return the event that started a run."""
        return self._stored_run(client, run).start_event()

    def event_count(self, client: Client, run: str) -> int:
        """Return how many events the trace of a run has."""
        return sum(1 for _ in self._stored_run(client, run).events())

    def feed(self, client: Client, run: str) -> RunFeed:
        """Return the events of a run, live or from its trace."""
        stored_run = self._stored_run(client, run)
        if active := self.active.get(run):
            return active.feed
        return RunFeed(stored_run.events(), is_live=False)

    def error(self, run: str) -> str:
        """Return the error that the run's trace does not record."""
        return self.jobs.errors.get(run, "")

    def active_counts(self) -> tuple[int, int]:
        """Return the number of running and of queued runs."""
        queued = sum(self.jobs.queue_position(run) > 0 for run in self.active)
        return len(self.active) - queued, queued

    async def wait(self, run: str) -> None:
        """Wait until a run has ended or waits for a decision."""
        await self.jobs.wait_until_finished(run)

    def on_event(self, run: str, event: Event) -> None:
        """Record what an event brings to the client, and pass it on."""
        if (active := self.active.get(run)) is None:
            return
        active.record_artifacts(run, event)
        active.feed.add(event)
        self._notify(run, event)

    def on_end(self, run: str) -> None:
        """Close the feed of a run that has ended."""
        if (active := self.active.remove(run)) is None:
            return
        stored_run = self.runs.get(run)
        for event in active.feed.close(stored_run.events()):
            self._notify(run, event)
        has_ended = self.jobs.view(stored_run).state in ("done", "failed")
        # Where another front process was faster, its run is not over.
        if has_ended or (self.error(run) and not stored_run.is_locked()):
            active.client.mark_finished(run)
        for observer in self.observers:
            observer.on_end(run)

    def _notify(self, run: str, event: Event) -> None:
        for observer in self.observers:
            observer.on_event(run, event)

    def _follow(self, client: Client, run: Run, thread: str) -> None:
        recorded = list(run.events())
        self.active.add(run.id, ActiveRun(client, thread, RunFeed(recorded, is_live=True)))
        self._notify(run.id, recorded[-1])

    def _resume(
        self,
        client: Client,
        run: Run,
        agent: AgentRuntime,
        decision: Decision | None = None,
        *,
        client_results: ClientResults | None = None,
        alone: bool = False,
    ) -> None:
        self._follow(client, run, run.start_event().conversation)
        on_end = partial(client.usage.add_run, agent.session.store)
        signal = self.jobs.signal(client.id)
        self.jobs.resume(
            agent,
            run,
            signal,
            decision,
            client_results=client_results,
            on_end=on_end,
            alone=alone,
        )

    async def _resume_after_restart(self) -> None:
        unfinished = [
            (client, self.runs.get(run))
            for client in self.clients
            for run in client.unfinished_runs()
        ]
        interrupted: list[InterruptedRun] = []
        for client, run in unfinished:
            if self.jobs.is_running(run.id) or run.is_locked():
                continue
            if is_interrupted(run):
                on_failure = partial(client.mark_finished, run.id)
                resume = partial(self._resume_run, client, run)
                interrupted.append(InterruptedRun(run, resume, on_failure))
            elif self.jobs.view(run).state != "waiting":
                client.mark_finished(run.id)
        self._suspects = await resume_interrupted_runs(self.jobs, interrupted)

    async def _take_over_runs(self) -> None:
        """Resume the runs of other front processes that have ended, again and again."""
        while True:
            await asyncio.sleep(_TAKE_OVER_SECONDS)
            if self._suspects and not self._suspects.done():
                continue
            try:
                await self._resume_after_restart()
            except Exception:  # the database may be away for a while
                log.exception("the runs of other front processes were not looked at")

    async def _resume_run(self, client: Client, run: Run, alone: bool) -> bool:
        """Resume a run after a restart and return whether that was possible."""
        try:
            agent = await self._agent_of(run.start_event())
            self._resume(client, run, agent, alone=alone)
        except BatutaError as error:
            log.warning("run %s was not resumed: %s", run.id, error)
            client.mark_finished(run.id)
            return False
        return True

    async def _agent_of(self, started: RunStarted) -> AgentRuntime:
        return await self.agents.get(started.profile, started.language_model)

    async def _check_plan(self, agent: AgentRuntime, started: RunStarted, plan: str) -> None:
        names = await agent.conversation_names(started.conversation)
        agent.session.read_plan(plan, names)

    def _stored_run(self, client: Client, run: str) -> Run:
        return self.runs.get(client.require_run(run))


def _last_part(run: Run) -> Sequence[Event]:
    """Return the events since the run started or was resumed last."""
    part: list[Event] = []
    for event in run.events():
        if isinstance(event, RunResumed):
            part.clear()
        part.append(event)
    return part
