"""What visitors can do: ask, decide, stop, undo, run again, vote.

The page calls these methods and renders the result; the agent plans and runs.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Sequence
from functools import partial

from agent.plan import format_plan, parse
from agent.plan.plan_edits import pin_model, remove_calls, set_seed
from agent.record.artifacts import Encoded
from agent.record.journal import Run, Runs
from agent.runtime.agent_runtime import AgentRuntime, Decision
from agent.web.agent_pool import AgentPool
from agent.web.chat_limits import ChatLimits
from agent.web.crash_recovery import InterruptedRun, is_interrupted, resume_interrupted_runs
from agent.web.jobs import ChangeSignal, JobRunner
from agent.web.page.page_state import Tab
from agent.web.store.visitors import Choices, Conversation, Visitor, Visitors, title_of
from agent.web.store.votes import Votes
from agent.web.view.run_view import RunView
from agent.web.view.sample_requests import available_samples
from agent.web.view.turn_view import TurnView
from agent.web.voice import Voice
from tools.errors import BatutaError, InputError

log = logging.getLogger(__name__)


class Chat:
    """The conversations of all visitors of one server."""

    def __init__(self, agents: AgentPool, limits: ChatLimits | None = None) -> None:
        self.agents = agents
        self.limits = limits or ChatLimits()
        self.visitors = Visitors(agents.home / "visitors")
        self.votes = Votes(agents.home)
        self.runs = Runs(agents.home / "runs")
        self.jobs = JobRunner(self.limits.runs_at_once, self.runs)
        self._openers: dict[str, asyncio.Lock] = {}
        self._suspects: asyncio.Task[None] | None = None
        agents.on_memory_change = self.jobs.notify_all
        self.voice = Voice(agents, self.jobs, self.runs)

    async def start(self) -> None:
        """Warm up, and resume every run that an earlier server left unfinished."""
        self.agents.warm_up(await self.agents.get())
        self.visitors.delete_exports()
        await self._resume_after_restart()

    async def close(self) -> None:
        if self._suspects:
            self._suspects.cancel()
            await asyncio.wait({self._suspects})
        await self.voice.close()
        await self.jobs.close()
        await self.agents.close()

    async def agent_of(self, visitor: Visitor) -> AgentRuntime:
        """Return the agent for the visitor's profile and language model."""
        choices = visitor.choices()
        try:
            return await self.agents.get(choices.profile, choices.language_model)
        except BatutaError as error:
            # The choice may have been removed since: fall back to the server's default.
            log.warning("visitor %s chose %r: %s", visitor.id, choices, error)
            return await self.agents.get()

    async def choose(self, tab: Tab, **changes: object) -> None:
        """Save a visitor's choices; the language model must be one on offer."""
        before = tab.visitor.choices()
        choices = Choices.model_validate({**before.model_dump(), **changes})
        if choices.profile != before.profile:
            choices.language_model = ""  # each profile has its own default
        offer = self.agents.offer(choices.profile)
        if choices.language_model and choices.language_model not in offer.language_models:
            raise InputError(
                f"{choices.language_model!r} is not offered here", hint="choose one from the list"
            )
        self.agents.warm_up(await self.agents.get(choices.profile, choices.language_model))
        tab.visitor.save_choices(choices)

    def signal(self, tab: Tab) -> ChangeSignal:
        return self.jobs.signal(tab.visitor.id)

    def open(self, visitor: Visitor, conversation_id: str = "") -> Tab:
        """Open a tab on a conversation, by default the visitor's latest."""
        conversation = visitor.conversation(conversation_id) if conversation_id else None
        latest = next(iter(visitor.conversations()), None)
        return Tab(visitor, conversation or latest or visitor.new_conversation())

    def refresh(self, tab: Tab) -> None:
        """Reload the conversation, which another page of the visitor may have changed."""
        tab.conversation = tab.visitor.conversation(tab.conversation.id) or tab.conversation

    async def turns(self, tab: Tab) -> list[TurnView]:
        """Return the current state of the conversation's runs."""
        agent = await self.agent_of(tab.visitor)
        conversation = tab.conversation
        votes = await asyncio.to_thread(self.votes.latest)
        return [
            TurnView(
                view=self.view(run),
                conversation=conversation,
                is_running=self.jobs.is_running(run),
                queue_position=self.jobs.queue_position(run),
                job_error=self.jobs.errors.get(run, ""),
                vote=votes.get(run),
                session=agent.session,
            )
            for run in conversation.runs
        ]

    def view(self, run: str) -> RunView:
        return self.jobs.view(self._run(run))

    def is_busy(self, conversation: Conversation) -> bool:
        return any(self.jobs.is_running(run) for run in conversation.runs)

    def owns(self, visitor: Visitor, conversation_id: str, digest: str) -> bool:
        """Return whether the artifact occurs in that conversation of the visitor."""
        conversation = visitor.conversation(conversation_id)
        if conversation is None:
            return False
        if digest in (*conversation.speech.values(), *conversation.drawings.values()):
            return True
        return any(digest in self.view(run).digests for run in conversation.runs)

    def may_see(self, tab: Tab, digest: str) -> bool:
        """Return whether the artifact is part of what the page shows."""
        return digest in tab.digests() or self.owns(tab.visitor, tab.conversation.id, digest)

    def is_waiting(self, tab: Tab, run: str) -> bool:
        """Return whether a run waits for a decision about its plan."""
        return self.view(self._owned_run(tab, run).id).state == "waiting"

    async def ask_sample(self, tab: Tab, number: int) -> None:
        """Ask one of the sample requests on the welcome page."""
        agent = await self.agent_of(tab.visitor)
        sample = dict(available_samples(agent.session.offered)).get(number)
        if sample is None:
            raise InputError("there is no such example", hint="choose one that is shown")
        await self.attach(tab, [str(sample.path)])
        await self.ask(tab, sample.request)

    async def attach(self, tab: Tab, paths: Sequence[str]) -> None:
        """Replace the files of the next request, those of one visitor one at a time.

        Two processes open files for all visitors: nobody may occupy both.
        """
        agent = await self.agent_of(tab.visitor)
        if not tab.has_new_files(paths):
            await tab.set_files(paths, agent, self.limits.uploads)
            return
        self.limits.check_storage(tab.visitor.usage)
        self.limits.check_compute(tab.visitor.usage)
        async with self._openers.setdefault(tab.visitor.id, asyncio.Lock()):
            start_time = time.monotonic()
            await tab.set_files(paths, agent, self.limits.uploads)
            tab.visitor.usage.add(compute_seconds=time.monotonic() - start_time)

    async def ask(self, tab: Tab, request: str) -> None:
        """Start a run for a request with the tab's files and marks."""
        request = request.strip()
        await self._require_idle(tab)
        self._check_limits(tab)
        if len(request) > self.limits.request_characters:
            raise InputError(
                f"the request has {len(request):,} characters; "
                f"{self.limits.request_characters:,} are allowed",
                hint="attach the long part as a text file",
            )
        agent = await self.agent_of(tab.visitor)
        if not request:
            request = await self.voice.listen(tab, agent)
        if mark_sentences := [mark.sentence for mark in tab.marks if mark.name not in request]:
            request += f" ({', '.join(mark_sentences)})"
        await self._start_run(tab, agent, request, tab.inputs())
        tab.finish_request()

    async def decide(
        self, tab: Tab, run: str, answer: str, *, leave_out: Sequence[str] = (), plan: str = ""
    ) -> None:
        """Approve, replace or refuse the plan of a waiting run."""
        stored_run = self._owned_run(tab, run)
        if not self.is_waiting(tab, run):
            raise InputError("the plan is not waiting any more", hint="look at its result")
        await self.jobs.wait_until_finished(run)  # it may still be writing its last event
        if leave_out:
            plan = format_plan(remove_calls(parse(self.view(run).plan), leave_out))
        agent = await self._agent_of_run(stored_run)
        self._set_active(tab, run)
        self.jobs.resume(
            agent,
            stored_run,
            self.signal(tab),
            Decision(answer, plan),
            on_end=partial(tab.visitor.usage.add_run, agent.session.store),
        )

    async def resume(self, tab: Tab, run: str) -> None:
        """Resume a stopped or failed run: only the remaining commands run."""
        stored_run = self._owned_run(tab, run)
        await self._require_idle(tab)
        self._check_limits(tab)
        self._set_active(tab, run)
        agent = await self._agent_of_run(stored_run)
        on_end = partial(tab.visitor.usage.add_run, agent.session.store)
        self.jobs.resume(agent, stored_run, self.signal(tab), on_end=on_end)

    async def stop(self, tab: Tab) -> None:
        """Stop every run of the conversation."""
        self._set_active(tab, "")
        for run in tab.conversation.runs:
            await self.jobs.stop(run)

    async def undo(self, tab: Tab, run: str) -> None:
        """Remove a run and all later ones from the conversation."""
        stored_run = self._owned_run(tab, run)
        await self.stop(tab)
        await (await self._agent_of_run(stored_run)).undo(run)
        runs = tab.conversation.runs
        tab.conversation.runs = runs[: runs.index(run)]
        tab.visitor.save(tab.conversation)

    async def run_again(self, tab: Tab, run: str, *, plan: str = "", request: str = "") -> None:
        """Replace a run by one with this plan or this request.

        Unchanged commands come from the cache, so only what changed runs.
        """
        started = self._owned_run(tab, run).start_event()
        self._check_limits(tab)
        agent = await self.agent_of(tab.visitor)
        await self.undo(tab, run)
        inputs = {file.name: file.value for file in started.files}
        await self._start_run(tab, agent, request or started.request, inputs, plan, started.seed)

    async def retry_with_model(self, tab: Tab, run: str, path: str, model: str) -> None:
        """Run again with one command on another model."""
        plan = pin_model(parse(self.view(run).plan), path, model)
        await self.run_again(tab, run, plan=format_plan(plan))

    async def retry_with_seed(self, tab: Tab, run: str, path: str) -> None:
        """Run again with another seed for one command."""
        plan = set_seed(parse(self.view(run).plan), path, secrets.randbelow(1_000_000))
        await self.run_again(tab, run, plan=format_plan(plan))

    async def run_without(self, tab: Tab, run: str, paths: Sequence[str]) -> None:
        """Run again without some commands and what needs them."""
        plan = remove_calls(parse(self.view(run).plan), paths)
        if not plan.statements:
            raise InputError("nothing would be left to run", hint="keep one step at least")
        await self.run_again(tab, run, plan=format_plan(plan))

    def vote(self, tab: Tab, run: str, up: bool, why: str) -> None:
        self._owned_run(tab, run)
        self.votes.add(run, up, why)

    def speak(self, tab: Tab, run: str) -> None:
        """Read an answer aloud; the page shows the audio once it exists."""
        self._owned_run(tab, run)
        self.limits.check_compute(tab.visitor.usage)
        self.voice.speak(tab, run)

    def new(self, tab: Tab) -> None:
        """Switch to a new conversation."""
        tab.conversation = tab.visitor.new_conversation()
        tab.clear()
        tab.origin_digest = ""

    def switch(self, tab: Tab, conversation_id: str) -> None:
        """Switch to another conversation of the visitor."""
        if conversation := tab.visitor.conversation(conversation_id):
            tab.conversation, tab.origin_digest = conversation, ""

    async def forget(self, tab: Tab, conversation_id: str) -> None:
        """Delete a conversation from the visitor's list."""
        if conversation := tab.visitor.conversation(conversation_id):
            for run in conversation.runs:
                await self.jobs.stop(run)
            tab.visitor.delete(conversation)
            if conversation.id == tab.conversation.id:
                self.new(tab)

    async def _start_run(
        self,
        tab: Tab,
        agent: AgentRuntime,
        request: str,
        inputs: dict[str, Encoded],
        plan: str = "",
        seed: int = 0,
    ) -> None:
        events = agent.run(
            request,
            named_values=inputs,
            plan=plan,
            conversation=tab.conversation.id,
            seed=seed,
            ask_first=tab.visitor.choices().ask_first and not plan,
            ask_if_costly=True,
        )
        on_end = partial(tab.visitor.usage.add_run, agent.session.store)
        job = await self.jobs.start(events, self.signal(tab), on_end)
        conversation = tab.conversation
        conversation.title = conversation.title or title_of(request)
        conversation.runs.append(job.run)
        self._set_active(tab, job.run)
        if tab.visitor.choices().speak:
            self.voice.speak(tab, job.run)

    def _set_active(self, tab: Tab, run: str) -> None:
        tab.conversation.active_run = run
        if tab.conversation.runs:
            tab.visitor.save(tab.conversation)

    def _check_limits(self, tab: Tab) -> None:
        """Raise InputError if the visitor may not start another run."""
        self.limits.check_runs(self.jobs.count(self.signal(tab)))
        self.limits.check_storage(tab.visitor.usage)
        self.limits.check_compute(tab.visitor.usage)

    async def _resume_after_restart(self) -> None:
        """Resume what ran when the server ended."""
        active = [
            (visitor, self._run(conversation.active_run))
            for visitor in self.visitors.all()
            for conversation in visitor.conversations()
            if conversation.active_run
        ]
        interrupted = [
            InterruptedRun(
                run, partial(self._resume_run, visitor, run), self.jobs.signal(visitor.id).notify
            )
            for visitor, run in active
            if is_interrupted(run)
        ]
        self._suspects = await resume_interrupted_runs(self.jobs, interrupted)

    async def _resume_run(self, visitor: Visitor, run: Run, alone: bool) -> bool:
        """Resume a run after a restart and return whether that was possible."""
        try:
            agent = await self._agent_of_run(run)
            signal = self.jobs.signal(visitor.id)
            on_end = partial(visitor.usage.add_run, agent.session.store)
            self.jobs.resume(agent, run, signal, on_end=on_end, alone=alone)
        except BatutaError as error:
            log.warning("run %s was not resumed: %s", run.id, error)
            return False
        return True

    async def _agent_of_run(self, run: Run) -> AgentRuntime:
        started = run.start_event()
        return await self.agents.get(started.profile, started.language_model)

    def _run(self, run: str) -> Run:
        return self.runs.get(run)

    def _owned_run(self, tab: Tab, run: str) -> Run:
        if run not in tab.conversation.runs:
            raise InputError(
                "this is not part of the conversation any more", hint="reload the page"
            )
        return self._run(run)

    async def _require_idle(self, tab: Tab) -> None:
        for run in tab.conversation.runs:
            if self.view(run).is_finished:
                await self.jobs.wait_until_finished(run)  # it may still be writing its last event
        if self.is_busy(tab.conversation):
            raise InputError(
                "the last request is still running", hint="wait until it is done, or stop it"
            )
