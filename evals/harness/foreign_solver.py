"""An agent of others as an Inspect solver, judged like this one."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from inspect_ai.model import Content, ContentText
from inspect_ai.solver import Generate, Solver, TaskState, solver

from agent.record.artifacts import references
from agent.record.events import NamedValue
from agent.runtime.agent_runtime import AgentRuntime, Settings
from evals.harness.agent_interface import AgentReply, AgentRequest, AgentTurn
from evals.harness.attempt import AnsweredTurn, Attempt, FailedCommand, MediaResult, Spending
from evals.harness.eval_agents import agent_for
from evals.harness.foreign_agents import load_foreign_agent
from evals.harness.solvers import add_spending, contents_of, save_attempt
from tools.media.open_untrusted import open_media


@solver
def answer_by_agent(agent: str, model: str = "", profile: str = "offline") -> Solver:
    """Let an agent of others answer each request; see foreign_agents.py.

    The earlier turns of a sample (`earlier` in its metadata) are asked first. An agent that raises
    an error has failed at the sample. `profile` only decodes and stores the media of its answers.
    """
    ask = load_foreign_agent(agent, model)

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        attempt = Attempt()
        conversation = uuid.uuid4().hex
        answered: list[AgentTurn] = []
        reply = AgentReply()
        started = time.monotonic()
        media: list[Content] = []
        async with agent_for(Settings(profile=profile)) as runtime:
            try:
                for turn in _turns(state):
                    reply = await ask(AgentRequest(turn, tuple(answered), conversation))
                    answered.append(AgentTurn(turn.request, turn.files, reply.text))
                    cost = Spending(
                        language_model_calls=reply.calls,
                        input_tokens=reply.input_tokens,
                        output_tokens=reply.output_tokens,
                    )
                    add_spending(attempt.spent, cost)
                values = [await _store(runtime, content) for content in reply.files]
            except Exception as error:  # noqa: BLE001  (whatever it raises is its failure)
                attempt.state, attempt.error = "failed", str(error) or repr(error)
                attempt.failures = [
                    FailedCommand(text=agent, error=attempt.error, kind=type(error).__name__)
                ]
            else:
                attempt.state, attempt.answer, attempt.plan = "done", reply.text, reply.plan
                attempt.results = [
                    MediaResult(name=value.name, digest=digest)
                    for value in values
                    for digest in references(value.value)
                ]
                media = list(contents_of(runtime, values))
        attempt.earlier = [
            AnsweredTurn(request=turn.request, answer=turn.answer) for turn in answered[:-1]
        ]
        attempt.spent.seconds = round(time.monotonic() - started, 3)
        text = attempt.answer or attempt.error
        return save_attempt(state, attempt, [ContentText(text=text), *media])

    return solve


def _turns(state: TaskState) -> Iterator[AgentTurn]:
    for turn in state.metadata.get("earlier", []):
        yield AgentTurn(turn["request"], [Path(path) for path in turn["files"]])
    yield AgentTurn(state.input_text, [Path(path) for path in state.metadata.get("files", [])])


async def _store(runtime: AgentRuntime, content: Path | bytes) -> NamedValue:
    """Store a file of an answer, which is as untrusted as an upload."""
    name = content.name if isinstance(content, Path) else "result"
    medium = await runtime.session.run_in_opener(open_media, content)
    return NamedValue(name, await runtime.store_upload(medium, name))
