"""POST /v1/chat/completions, streamed or not, and GET /v1/models."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from agent.record.control_characters import json_text
from agent.server.access.access_middleware import client_of
from agent.server.api_errors import ERROR_RESPONSES, ApiError, ErrorBody, reject
from agent.server.model_names import MODEL, model_names, profile_of
from agent.server.runs.run_routes import EVENT_STREAM, STREAM_HEADERS
from agent.server.runs.run_schemas import Seed
from agent.server.runs.run_service import RunService
from agent.server.virtual_model.chat_messages import Messages, read_chat
from agent.server.virtual_model.chat_turns import (
    Turn,
    TurnOptions,
    conversation_in,
    start_turn,
)
from agent.server.virtual_model.tool_calls import (
    MAX_TOOLS,
    ToolDefinition,
    require_free_choice,
)
from agent.server.virtual_model.turn_stream import complete_turn, stream_turn

MediaForm = Literal["link", "data_uri"]
ANSWER_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/json": {"schema": {"type": "object"}},
            EVENT_STREAM: {},
        }
    },
    **ERROR_RESPONSES,
}
"""The responses of an answer, whole or streamed, for the OpenAPI document."""


class StreamOptions(BaseModel):
    model_config = ConfigDict(extra="ignore")

    include_usage: bool = False


class Extension(BaseModel):
    """What only this server knows, in the field `batuta`."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    conversation: Annotated[str, Field(max_length=200)] = ""
    media: MediaForm = "link"
    """Whether the media of the answer are links or data URIs."""


class ChatCompletionRequest(BaseModel):
    """A request to the virtual model.

    Sampling parameters such as `temperature` and `max_tokens` are accepted and have no effect.
    """

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    model: Annotated[str, Field(max_length=200)] = MODEL
    messages: Messages
    stream: bool = False
    stream_options: StreamOptions | None = None
    seed: Seed | None = None
    metadata: dict[str, Any] | None = None
    """`conversation_id` names the conversation."""
    batuta: Extension = Extension()
    n: int | None = None
    tools: Annotated[list[ToolDefinition], Field(max_length=MAX_TOOLS)] | None = None
    """Tools that the client runs: a plan may call them, and the answer is `tool_calls` then."""
    functions: list[Any] | None = None
    tool_choice: Any = None
    response_format: dict[str, Any] | None = None
    logprobs: bool | None = None
    modalities: list[str] | None = None


def chat_routes(service: RunService) -> APIRouter:
    """Build the route for chat completions and the list of models."""
    router = APIRouter(prefix="/v1", tags=["virtual model"])
    started_at = int(time.time())

    def profiles() -> Sequence[str]:
        return service.agents.offer().profiles

    @router.get("/models", summary="List the virtual models")
    async def list_models() -> dict[str, Any]:
        return {
            "object": "list",
            "data": [_model_body(name, started_at) for name in model_names(profiles())],
        }

    @router.get("/models/{model:path}", responses={404: {"model": ErrorBody}})
    async def read_model(model: str) -> dict[str, Any]:
        """Read one virtual model."""
        profile_of(model, profiles())
        return _model_body(model, started_at)

    @router.post(
        "/chat/completions",
        response_model=None,
        responses=ANSWER_RESPONSES,
        summary="Answer the last message of a chat",
    )
    async def create_completion(request: Request, body: ChatCompletionRequest) -> Response:
        _require_supported(body)
        chat = read_chat(body.messages)
        named = body.batuta.conversation or _text(body.metadata, "conversation_id")
        options = TurnOptions(
            model=body.model,
            conversation=conversation_in(request, named),
            seed=body.seed or 0,
            media=body.batuta.media,
            tools=body.tools or () if body.tool_choice != "none" else (),
        )
        base_url = str(request.base_url).rstrip("/")
        turn = await start_turn(service, client_of(request), chat, options, base_url)
        headers = turn_headers(turn)
        if body.stream:
            with_usage = body.stream_options is not None and body.stream_options.include_usage
            chunks = _chunks(service, turn, body.model, with_usage)
            return StreamingResponse(
                chunks, media_type=EVENT_STREAM, headers=headers | STREAM_HEADERS
            )
        await complete_turn(service, turn, request)
        return JSONResponse(_completion(turn, body.model), headers=headers)

    return router


def turn_headers(turn: Turn) -> dict[str, str]:
    """Return the headers that name the run and its conversation."""
    conversation = turn.conversation.encode("ascii", "backslashreplace").decode()
    visible = "".join(c if c.isprintable() else "?" for c in conversation)
    return {"x-run-id": turn.run, "x-conversation-id": visible}


def _require_supported(body: ChatCompletionRequest) -> None:
    if body.functions:
        reject("functions", "functions are not supported", "use `tools`")
    require_free_choice(body.tool_choice)
    if body.n not in (None, 1):
        reject("n", f"n is {body.n}; only 1 is allowed", "send several requests")
    if body.logprobs:
        reject("logprobs", "there are no log probabilities of an answer", "leave `logprobs` out")
    if (body.response_format or {}).get("type", "text") != "text":
        reject(
            "response_format",
            f"the response format is {body.response_format!r}; only text is allowed",
            "leave `response_format` out, or run a plan with POST /v1/runs",
        )
    if "audio" in (body.modalities or ()):
        reject(
            "modalities",
            "the answer is text with links to media",
            "ask for speech in the request, or use POST /v1/audio/speech",
        )


def _text(fields: Mapping[str, Any] | None, name: str) -> str:
    value = (fields or {}).get(name)
    return value if isinstance(value, str) else ""


def _model_body(name: str, created: int) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": created, "owned_by": MODEL}


def _completion(turn: Turn, model: str) -> dict[str, Any]:
    message: dict[str, Any] = {
        "role": "assistant",
        "content": turn.narration.content.strip(),
        "reasoning_content": turn.narration.reasoning.strip(),
        "refusal": None,
    }
    if calls := turn.tool_calls:
        message["tool_calls"] = [call.model_dump() for call in calls]
    choice = {
        "index": 0,
        "message": message,
        "finish_reason": "tool_calls" if calls else "stop",
        "logprobs": None,
    }
    return {
        **_envelope(turn, model, "chat.completion"),
        "choices": [choice],
        "usage": _usage(turn),
    }


def _envelope(turn: Turn, model: str, kind: str) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{turn.run}",
        "object": kind,
        "created": int(time.time()),
        "model": model,
        "system_fingerprint": None,
    }


def _usage(turn: Turn) -> dict[str, Any]:
    input_tokens, output_tokens = turn.narration.input_tokens, turn.narration.output_tokens
    return {
        "prompt_tokens": input_tokens,
        "completion_tokens": output_tokens,
        "total_tokens": input_tokens + output_tokens,
    }


async def _chunks(
    service: RunService, turn: Turn, model: str, with_usage: bool
) -> AsyncGenerator[str]:
    envelope = _envelope(turn, model, "chat.completion.chunk")
    usage_field: dict[str, Any] = {"usage": None} if with_usage else {}

    def chunk(delta: Mapping[str, Any], finish_reason: str | None = None) -> str:
        choice = {
            "index": 0,
            "delta": delta,
            "finish_reason": finish_reason,
            "logprobs": None,
        }
        return f"data: {json_text({**envelope, 'choices': [choice], **usage_field})}\n\n"

    yield chunk({"role": "assistant", "content": ""})
    try:
        async with aclosing(stream_turn(service, turn)) as deltas:
            async for delta in deltas:
                if delta is None:
                    yield ": keep-alive\n\n"
                elif delta.kind == "reasoning":
                    yield chunk({"reasoning_content": delta.text})
                else:
                    yield chunk({"content": delta.text})
    except ApiError as error:
        yield f"data: {json_text(error.body.model_dump())}\n\n"
        yield "data: [DONE]\n\n"
        return
    if calls := turn.tool_calls:
        indexed = [{"index": index, **call.model_dump()} for index, call in enumerate(calls)]
        yield chunk({"tool_calls": indexed})
    yield chunk({}, "tool_calls" if calls else "stop")
    if with_usage:
        yield f"data: {json_text({**envelope, 'choices': [], 'usage': _usage(turn)})}\n\n"
    yield "data: [DONE]\n\n"
