"""Wait for the end of a run while its client waits for the response."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from agent.server.access.client_records import Client
from agent.server.api_errors import ApiError
from agent.server.runs.run_service import RunService


async def wait_while_connected(
    service: RunService, client: Client, run: str, request: Request
) -> None:
    """Wait until the run has ended; stop it if the client leaves before."""
    ended = asyncio.create_task(service.wait(run))
    left = asyncio.create_task(_wait_until_left(request))
    try:
        await asyncio.wait({ended, left}, return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            await service.stop(client, run)
    finally:
        left.cancel()
        ended.cancel()


def run_failure(service: RunService, client: Client, run: str) -> ApiError | None:
    """Return the response for a run that was stopped or failed; None for any other.

    Not a status above 499: clients would send the same request again.
    """
    view = service.view(client, run)
    text = service.error(run) or view.error
    if view.state in ("done", "waiting") and not service.error(run):
        return None
    if view.state == "stopped" and not text:
        return ApiError(
            422, "the run was stopped", hint="send the request again", code="run_stopped"
        )
    message, _, hint = text.partition("\nhint: ")
    return ApiError(422, message or "the run failed", hint=hint, code="run_failed")


async def _wait_until_left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
