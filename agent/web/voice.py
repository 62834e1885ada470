"""Speech input and output: transcribe a spoken request, read an answer aloud.

Both are runs outside the conversation: they add only the request or the audio to it.
"""

from __future__ import annotations

import asyncio
import logging
import re

from agent.plan import Plan, format_plan
from agent.plan.plan_limits import LIMITS
from agent.plan.syntax.tree import Argument, Assign, Call, Name, Say, Text
from agent.record.artifacts import Encoded, references
from agent.record.journal import Runs
from agent.record.run_outcome import RunOutcome
from agent.runtime.agent_runtime import AgentRuntime
from agent.web.agent_pool import AgentPool
from agent.web.jobs import ChangeSignal, JobRunner
from agent.web.page.page_state import Tab
from agent.web.view.error_messages import page_text
from tools.errors import BatutaError, InputError, ToolError, split_hint

log = logging.getLogger(__name__)


class Voice:
    """Speech input and output for the pages of one server."""

    def __init__(self, agents: AgentPool, jobs: JobRunner, runs: Runs) -> None:
        self._agents = agents
        self._jobs = jobs
        self._runs = runs
        self._speech_tasks: set[asyncio.Task[None]] = set()

    async def listen(self, tab: Tab, agent: AgentRuntime) -> str:
        """Transcribe the tab's recording and detach it from the request."""
        if not tab.is_voice_request:
            raise InputError("there is no request yet", hint="write what you want done")
        signal = self._jobs.signal(tab.visitor.id)
        tab.busy = "Listening to what you said"
        signal.notify()
        try:
            request = await _transcribe(agent, tab.pending[0].value)
        finally:
            tab.busy = ""
        tab.pending = []
        return request

    def speak(self, tab: Tab, run: str) -> None:
        """Read a run's answer aloud once it exists and show the audio."""
        task = asyncio.create_task(self._speak_when_finished(tab, run))
        self._speech_tasks.add(task)
        task.add_done_callback(self._speech_tasks.discard)

    async def close(self) -> None:
        for task in self._speech_tasks:
            task.cancel()
        if self._speech_tasks:
            await asyncio.wait(self._speech_tasks)

    async def _speak_when_finished(self, tab: Tab, run: str) -> None:
        signal = self._jobs.signal(tab.visitor.id)
        version = signal.version
        while self._jobs.is_running(run):
            version = await signal.wait(version)
        try:
            await self._read_answer(tab, run, signal)
        except BatutaError as error:
            tab.notice = page_text(error)
        except Exception:
            log.exception("an answer could not be read aloud")
            tab.notice = "the answer could not be read aloud; the log has the details"
        finally:
            tab.busy = ""
            signal.notify()

    async def _read_answer(self, tab: Tab, run: str, signal: ChangeSignal) -> None:
        answer = self._jobs.view(self._runs.get(run)).answer
        if not answer:
            return
        choices = tab.visitor.choices()
        agent = await self._agents.get(choices.profile, choices.language_model)
        tab.busy = "Reading the answer aloud"
        signal.notify()
        audio_digest = await _synthesize(agent, answer)
        # Another page of the visitor may have changed the conversation meanwhile.
        conversation = tab.visitor.conversation(tab.conversation.id) or tab.conversation
        conversation.speech[run] = audio_digest
        tab.visitor.save(conversation)


async def _transcribe(agent: AgentRuntime, audio: Encoded) -> str:
    """Transcribe a recording."""
    plan = "words = transcribe(audio1)\nsay(words)"
    outcome = await _run_plan(agent, "write down a request", plan, {"audio1": audio})
    if not outcome.answer:
        raise InputError(
            "the recording contains no speech", hint="record it again, or write the request"
        )
    return outcome.answer


async def _synthesize(agent: AgentRuntime, text: str) -> str:
    """Synthesize speech and return the digest of the audio."""
    words = re.sub(r"\[[\w\[\]]+\]", " ", text).strip()[: LIMITS.text_characters]
    if not words:
        raise InputError("the answer has no text to read aloud", hint="look at its results")
    call = Call("speak", (Argument("", Text((words,))),))
    plan = Plan((Assign("spoken", call), Say(Name("spoken"))))
    outcome = await _run_plan(agent, "read an answer aloud", format_plan(plan), {})
    return next(digest for result in outcome.results for digest in references(result.value))


async def _run_plan(
    agent: AgentRuntime, request: str, plan: str, inputs: dict[str, Encoded]
) -> RunOutcome:
    outcome = await RunOutcome().consume(agent.run(request, named_values=inputs, plan=plan))
    if outcome.state != "done":
        raise ToolError(split_hint(outcome.error)[0] or "it was stopped")
    return outcome
