"""Follow the run of a turn while its client listens, and stop it when the client leaves."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.requests import Request

from agent.server.runs.run_service import RunService
from agent.server.runs.run_waiting import run_failure, wait_while_connected
from agent.server.virtual_model.chat_turns import Turn, finish_turn
from agent.server.virtual_model.run_narration import Delta


async def stream_turn(service: RunService, turn: Turn) -> AsyncGenerator[Delta | None]:
    """Yield what the run adds; None when it is silent; ApiError if it ends without an answer."""
    feed = service.feed(turn.client, turn.run)
    has_ended = False
    try:
        keep_alive_s = service.limits.keep_alive_seconds
        async with aclosing(feed.read(turn.events_before, keep_alive_s=keep_alive_s)) as items:
            async for item in items:
                if item is None:
                    yield None
                    continue
                for delta in turn.narration.add(item.event):
                    yield delta
        has_ended = True
    finally:
        if not has_ended:
            # In a task of the service: this one is cancelled, because its client has left.
            service.stop_soon(turn.client, turn.run)
    await _finish(service, turn)


async def complete_turn(service: RunService, turn: Turn, request: Request) -> None:
    """Wait until the run has ended; stop it if the client leaves before."""
    await wait_while_connected(service, turn.client, turn.run, request)
    async with aclosing(service.feed(turn.client, turn.run).read(turn.events_before)) as items:
        async for item in items:
            if item is not None:
                turn.narration.add(item.event)
    await _finish(service, turn)


async def _finish(service: RunService, turn: Turn) -> None:
    """Remember the turn; raise the error of a run that gave no answer."""
    if turn.narration.client_calls:
        return  # the turn ends with the answer that follows the client's results
    failure = run_failure(service, turn.client, turn.run)
    if failure and not turn.narration.content:
        raise failure
    await finish_turn(turn)
