"""POST /v1/responses, streamed or not."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from agent.server.access.access_middleware import client_of
from agent.server.api_errors import ApiError
from agent.server.runs.run_routes import EVENT_STREAM, STREAM_HEADERS
from agent.server.runs.run_service import RunService
from agent.server.virtual_model.chat_completions import ANSWER_RESPONSES, turn_headers
from agent.server.virtual_model.chat_messages import read_chat
from agent.server.virtual_model.chat_turns import TurnOptions, conversation_in, start_turn
from agent.server.virtual_model.response_input import (
    ResponseRequest,
    messages_in,
    named_conversation,
    require_supported,
    run_of_response,
    tools_in,
)
from agent.server.virtual_model.response_rendering import OutputStream, ResponseRendering
from agent.server.virtual_model.turn_stream import complete_turn, stream_turn


def response_routes(service: RunService) -> APIRouter:
    """Build the route of the Responses API."""
    router = APIRouter(prefix="/v1", tags=["virtual model"])

    @router.post(
        "/responses",
        response_model=None,
        responses=ANSWER_RESPONSES,
        summary="Answer the last message of the input",
    )
    async def create_response(request: Request, body: ResponseRequest) -> Response:
        require_supported(body)
        chat = read_chat(messages_in(body), body.instructions or "")
        options = TurnOptions(
            model=body.model,
            conversation=conversation_in(request, named_conversation(body)),
            previous_run=run_of_response(body.previous_response_id),
            media=body.batuta.media,
            tools=tools_in(body),
        )
        base_url = str(request.base_url).rstrip("/")
        turn = await start_turn(service, client_of(request), chat, options, base_url)
        rendering = ResponseRendering(turn, body)
        headers = turn_headers(turn)
        if body.stream:
            events = _event_stream(service, rendering)
            return StreamingResponse(
                events, media_type=EVENT_STREAM, headers=headers | STREAM_HEADERS
            )
        await complete_turn(service, turn, request)
        return JSONResponse(rendering.response("completed"), headers=headers)

    return router


async def _event_stream(service: RunService, rendering: ResponseRendering) -> AsyncGenerator[str]:
    stream = OutputStream(rendering)
    started = rendering.response("in_progress")
    yield stream.event("response.created", response=started)
    yield stream.event("response.in_progress", response=started)
    try:
        async with aclosing(stream_turn(service, rendering.turn)) as deltas:
            async for delta in deltas:
                if delta is None:
                    yield ": keep-alive\n\n"
                    continue
                for event in stream.delta(delta):
                    yield event
    except ApiError as error:
        for event in stream.close():
            yield event
        yield stream.event("response.failed", response=rendering.response("failed", error))
        return
    for event in stream.close():
        yield event
    for call in rendering.turn.tool_calls:
        for event in stream.call(call):
            yield event
    yield stream.event("response.completed", response=rendering.response("completed"))
