"""The peers by name, and a request that one of them answers."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from agent.plan import format_value
from agent.record.artifacts import references
from agent.record.events import NamedValue
from agent.runtime.agent_runtime import AgentRuntime
from evals.harness.attempt import Attempt, MediaResult
from evals.peers.hugginggpt_peer import answer_as_hugginggpt
from evals.peers.peer_failures import PeerError, PeerFailure
from evals.peers.smolagents_peer import answer_in_calls, answer_in_code
from evals.peers.visual_chatgpt_peer import answer_as_visual_chatgpt
from evals.peers.workspace import Workspace
from tools.errors import BatutaError
from tools.media import Media
from tools.media.open_untrusted import open_media

Peer = Callable[[Workspace, str], Awaitable[object]]
"""Answers with text, a medium or a list of them; raises PeerError if there is no answer."""

PEERS: Mapping[str, Peer] = {
    "smolagents-calls": answer_in_calls,
    "smolagents-code": answer_in_code,
    "hugginggpt": answer_as_hugginggpt,
    "visual-chatgpt": answer_as_visual_chatgpt,
}


async def answer_as_peer(
    agent: AgentRuntime, peer: str, request: str, files: Sequence[Path]
) -> tuple[Attempt, list[NamedValue]]:
    """Let a peer answer with our agent's tools and general language model.

    Return the attempt and the media of its answer.
    """
    workspace = Workspace(agent.session, [open_media(file) for file in files])
    attempt = Attempt()
    media: list[Media] = []
    start = time.monotonic()
    try:
        answer = await PEERS[peer](workspace, request)
    except BatutaError as error:
        attempt.state, attempt.error = "failed", str(error)
        is_classified = isinstance(error, PeerError)
        failure = error if is_classified else PeerError(PeerFailure.NO_ANSWER, str(error))
        workspace.record(failure)
    else:
        attempt.state, attempt.answer = "done", _as_text(answer)
        media = workspace.media_of(answer)
    attempt.spent.seconds = round(time.monotonic() - start, 3)
    attempt.spent.language_model_calls = workspace.usage.calls
    attempt.spent.input_tokens = workspace.usage.input_tokens
    attempt.spent.output_tokens = workspace.usage.output_tokens
    attempt.plan = "\n".join(workspace.outputs)
    attempt.commands, attempt.failures = workspace.commands, workspace.failures
    store = agent.session.store
    results = [NamedValue(medium.kind, store.encode(medium)) for medium in media]
    attempt.results = [
        MediaResult(name=result.name, digest=digest)
        for result in results
        for digest in references(result.value)
    ]
    return attempt, results


def _as_text(answer: object) -> str:
    if answer is None or isinstance(answer, str | int | float | Media | list):
        return format_value(answer)  # pyright: ignore[reportUnknownArgumentType]
    return str(answer)
