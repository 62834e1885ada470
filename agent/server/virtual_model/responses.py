"""POST /v1/responses, streamed or not."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from agent.record.control_characters import json_text
from agent.server.access.access_middleware import client_of
from agent.server.api_errors import ApiError, invalid_body, reject
from agent.server.model_names import MODEL
from agent.server.runs.run_routes import EVENT_STREAM, STREAM_HEADERS
from agent.server.runs.run_service import RunService
from agent.server.virtual_model.chat_completions import ANSWER_RESPONSES, Extension, turn_headers
from agent.server.virtual_model.chat_messages import MessageBody, read_chat
from agent.server.virtual_model.chat_turns import (
    Turn,
    TurnOptions,
    conversation_in,
    start_turn,
)
from agent.server.virtual_model.run_narration import Delta
from agent.server.virtual_model.turn_stream import complete_turn, stream_turn

_ID_PREFIX = "resp_"


class ResponseRequest(BaseModel):
    """A request to the virtual model in the form of the Responses API."""

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    model: Annotated[str, Field(max_length=200)] = MODEL
    input: str | list[dict[str, Any]]
    instructions: str | None = None
    previous_response_id: Annotated[str, Field(max_length=100)] | None = None
    conversation: str | dict[str, Any] | None = None
    stream: bool = False
    metadata: dict[str, Any] | None = None
    """`conversation_id` names the conversation."""
    batuta: Extension = Extension()
    tools: list[Any] | None = None
    tool_choice: Any = None
    background: bool | None = None
    text: dict[str, Any] | None = None


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
        _require_supported(body)
        chat = read_chat(_messages_in(body), body.instructions or "")
        options = TurnOptions(
            model=body.model,
            conversation=conversation_in(request, _conversation_in(body)),
            previous_run=_run_of(body.previous_response_id),
            media=body.batuta.media,
        )
        base_url = str(request.base_url).rstrip("/")
        turn = await start_turn(service, client_of(request), chat, options, base_url)
        rendering = _Rendering(turn, body)
        headers = turn_headers(turn)
        if body.stream:
            events = _event_stream(service, rendering)
            return StreamingResponse(
                events, media_type=EVENT_STREAM, headers=headers | STREAM_HEADERS
            )
        await complete_turn(service, turn, request)
        return JSONResponse(rendering.response("completed"), headers=headers)

    return router


def _require_supported(body: ResponseRequest) -> None:
    if body.tools and body.tool_choice != "none":
        reject(
            "tools",
            "tools of the client cannot be called",
            "leave `tools` out: the server plans with its own, see GET /v1/tools",
        )
    if body.background:
        reject("background", "there are no background responses", "use POST /v1/runs")
    form: Any = (body.text or {}).get("format") or {}
    if form.get("type", "text") != "text":
        reject("text", f"the format is {form!r}; only text is allowed", "leave `text` out")


def _messages_in(body: ResponseRequest) -> list[MessageBody]:
    """Return the messages of the input; reasoning that a client sends back is left out."""
    if isinstance(body.input, str):
        return [MessageBody(role="user", content=body.input)]
    items = [item for item in body.input if item.get("type") != "reasoning"]
    for index, item in enumerate(items):
        if item.get("type", "message") != "message":
            raise ApiError(
                400,
                f"input.{index} is an item of the type {item.get('type')!r}; only messages are "
                "allowed",
                hint="send text, images, audio and files as parts of messages",
                code="unsupported_item",
                param=f"input.{index}",
            )
    try:
        return [MessageBody.model_validate(item) for item in items]
    except ValidationError as error:
        raise invalid_body(error) from error


def _conversation_in(body: ResponseRequest) -> str:
    conversation = body.conversation
    if isinstance(conversation, dict):
        conversation = conversation.get("id")
    fields = [body.batuta.conversation, conversation, (body.metadata or {}).get("conversation_id")]
    return next((text for text in fields if isinstance(text, str) and text), "")


def _run_of(response_id: str | None) -> str:
    if not response_id:
        return ""
    if not response_id.startswith(_ID_PREFIX):
        raise ApiError(
            404,
            f"there is no response {response_id!r}",
            hint="use the id of a response that the same key received",
            code="response_not_found",
            param="previous_response_id",
        )
    return response_id.removeprefix(_ID_PREFIX)


class _Rendering:
    """A turn in the JSON of the Responses API."""

    def __init__(self, turn: Turn, body: ResponseRequest) -> None:
        self.turn = turn
        self._body = body
        self._created_at = int(time.time())

    @property
    def id(self) -> str:
        return f"{_ID_PREFIX}{self.turn.run}"

    def response(self, status: str, error: ApiError | None = None) -> dict[str, Any]:
        narration = self.turn.narration
        detail = error.body.error if error else None
        output: list[dict[str, Any]] = []
        if narration.reasoning:
            output.append(self.reasoning_item(narration.reasoning.strip()))
        if narration.content:
            output.append(self.message_item(narration.content.strip(), "completed"))
        return {
            "id": self.id,
            "object": "response",
            "created_at": self._created_at,
            "status": status,
            "model": self._body.model,
            "output": output if status != "in_progress" else [],
            "error": {"code": detail.code, "message": detail.message} if detail else None,
            "incomplete_details": None,
            "instructions": self._body.instructions,
            "metadata": self._body.metadata or {},
            "previous_response_id": self._body.previous_response_id,
            "conversation": {"id": self.turn.conversation},
            "parallel_tool_calls": True,
            "tool_choice": "none",
            "tools": [],
            "temperature": None,
            "top_p": None,
            "usage": self._usage() if status != "in_progress" else None,
        }

    def reasoning_item(self, text: str) -> dict[str, Any]:
        summary = [{"type": "summary_text", "text": text}] if text else []
        return {"id": f"rs_{self.turn.run}", "type": "reasoning", "summary": summary}

    def message_item(self, text: str, status: str) -> dict[str, Any]:
        parts = [text_part(text)] if text else []
        return {
            "id": f"msg_{self.turn.run}",
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": parts,
        }

    def _usage(self) -> dict[str, Any]:
        input_tokens, output_tokens = (
            self.turn.narration.input_tokens,
            self.turn.narration.output_tokens,
        )
        return {
            "input_tokens": input_tokens,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": output_tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": input_tokens + output_tokens,
        }


def text_part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


@dataclass
class _OutputStream:
    """The items of a streamed response: first the reasoning, then the message."""

    rendering: _Rendering
    _number: int = 0
    _open_kind: str = ""
    _text: str = ""
    _index: int = -1

    def event(self, kind: str, **fields: Any) -> str:
        content = json_text({"type": kind, "sequence_number": self._number, **fields})
        self._number += 1
        return f"event: {kind}\ndata: {content}\n\n"

    def delta(self, delta: Delta) -> list[str]:
        """Return the events for the next characters."""
        events: list[str] = []
        if delta.kind != self._open_kind:
            events += [*self.close(), *self._open(delta.kind)]
        self._text += delta.text
        if delta.kind == "reasoning":
            name = "response.reasoning_summary_text.delta"
            events.append(self.event(name, delta=delta.text, **self._position()))
        else:
            name = "response.output_text.delta"
            events.append(self.event(name, delta=delta.text, logprobs=[], **self._position()))
        return events

    def close(self) -> list[str]:
        """Return the events that end the current item."""
        if not self._open_kind:
            return []
        text, position = self._text, self._position()
        item_position = {"output_index": self._index}
        if self._open_kind == "reasoning":
            part = {"type": "summary_text", "text": text}
            item = self.rendering.reasoning_item(text)
            events = [
                self.event("response.reasoning_summary_text.done", text=text, **position),
                self.event("response.reasoning_summary_part.done", part=part, **position),
            ]
        else:
            item = self.rendering.message_item(text, "completed")
            events = [
                self.event("response.output_text.done", text=text, logprobs=[], **position),
                self.event("response.content_part.done", part=text_part(text), **position),
            ]
        self._open_kind = ""
        return [*events, self.event("response.output_item.done", item=item, **item_position)]

    def _open(self, kind: str) -> list[str]:
        self._open_kind, self._text = kind, ""
        self._index += 1
        item_position = {"output_index": self._index}
        if kind == "reasoning":
            item = self.rendering.reasoning_item("")
            part: dict[str, Any] = {"type": "summary_text", "text": ""}
            name = "response.reasoning_summary_part.added"
        else:
            item = self.rendering.message_item("", "in_progress")
            part = text_part("")
            name = "response.content_part.added"
        return [
            self.event("response.output_item.added", item=item, **item_position),
            self.event(name, part=part, **self._position()),
        ]

    def _position(self) -> dict[str, Any]:
        run = self.rendering.turn.run
        if self._open_kind == "reasoning":
            return {"item_id": f"rs_{run}", "output_index": self._index, "summary_index": 0}
        return {"item_id": f"msg_{run}", "output_index": self._index, "content_index": 0}


async def _event_stream(service: RunService, rendering: _Rendering) -> AsyncGenerator[str]:
    stream = _OutputStream(rendering)
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
    yield stream.event("response.completed", response=rendering.response("completed"))
