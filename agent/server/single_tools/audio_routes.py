"""POST /v1/audio/speech and /v1/audio/transcriptions."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, UploadFile
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from agent.server.access.access_middleware import client_of
from agent.server.api_errors import ERROR_RESPONSES, ApiError, reject
from agent.server.model_names import MODEL
from agent.server.runs.file_inputs import ReceivedFile
from agent.server.runs.run_service import RunService
from agent.server.single_tools.audio_encoding import (
    AudioFormat,
    encode_audio,
    media_type_of_format,
)
from agent.server.single_tools.tool_plan import (
    ToolCall,
    model_of,
    plan_of,
    require_tool,
    run_plan,
    value_of,
)
from tools.media import Audio


class SpeechRequest(BaseModel):
    """A text to speak. `voice` and `instructions` have no effect: a model has one voice."""

    model_config = ConfigDict(extra="ignore")

    input: Annotated[str, Field(min_length=1, max_length=4_096)]
    model: Annotated[str, Field(max_length=200)] = MODEL
    response_format: AudioFormat = "mp3"
    speed: float = 1.0
    stream_format: Literal["audio", "sse"] = "audio"


class Transcription(BaseModel):
    """The words of a recording."""

    text: str


def audio_routes(service: RunService) -> APIRouter:
    """Build the routes for speech and transcriptions."""
    router = APIRouter(prefix="/v1/audio", tags=["single tools"])

    @router.post(
        "/speech",
        response_class=Response,
        responses={
            200: {"content": {"audio/*": {"schema": {"type": "string", "format": "binary"}}}},
            **ERROR_RESPONSES,
        },
        summary="Speak a text",
    )
    async def create_speech(request: Request, body: SpeechRequest) -> Response:
        if body.speed != 1.0:
            reject("speed", f"speed is {body.speed}; only 1 is allowed", "leave `speed` out")
        if body.stream_format != "audio":
            reject("stream_format", "only audio is allowed", "leave `stream_format` out")
        model = await model_of(service, body.model, "speak")
        require_tool(model.agent, "speak")
        run = await run_plan(
            service,
            request,
            text="Read a text aloud",
            inputs={"text1": body.input},
            plan=plan_of(ToolCall("speech", "speak", ("text1",), model.pin)),
            profile=model.profile,
        )
        store = model.agent.session.store
        audio = await asyncio.to_thread(store.decode, value_of(service, request, run, "speech"))
        assert isinstance(audio, Audio)
        data = await asyncio.to_thread(encode_audio, audio, body.response_format)
        return Response(data, media_type=media_type_of_format(body.response_format))

    @router.post(
        "/transcriptions",
        response_model=Transcription,
        responses=ERROR_RESPONSES,
        summary="Write down what is said in a recording",
        description="`language`, `prompt` and `temperature` have no effect. With the response "
        "format `text` the response is plain text.",
    )
    async def create_transcription(
        request: Request,
        file: Annotated[UploadFile, File()],
        model: Annotated[str, Form(max_length=200)] = MODEL,
        response_format: Annotated[
            Literal["json", "text", "srt", "verbose_json", "vtt", "diarized_json"], Form()
        ] = "json",
        stream: Annotated[bool, Form()] = False,
    ) -> Response:
        if response_format not in ("json", "text"):
            reject(
                "response_format",
                f"the response format is {response_format!r}; allowed are 'json' and 'text'",
                "ask for the subtitles of a recording with POST /v1/runs",
            )
        if stream:
            reject("stream", "transcriptions are not streamed", "leave `stream` out")
        tool_model = await model_of(service, model, "transcribe")
        require_tool(tool_model.agent, "transcribe")
        received = ReceivedFile(file.filename or "", await file.read())
        (value,) = await service.store_files(client_of(request), tool_model.agent, [received])
        kind = value["kind"] if isinstance(value, dict) else "text"
        transcribe = ToolCall("words", "transcribe", ("audio1",), tool_model.pin)
        calls = {
            "audio": [transcribe],
            "video": [ToolCall("audio1", "sound_of", ("video1",)), transcribe],
        }
        if kind not in calls:
            raise ApiError(
                400,
                f"{received.name!r} holds no recording but {kind}",
                hint="send a sound or a film",
                code="not_a_recording",
                param="file",
            )
        run = await run_plan(
            service,
            request,
            text="Write down what is said",
            inputs={f"{kind}1": value},
            plan=plan_of(*calls[kind]),
            profile=tool_model.profile,
        )
        words = str(value_of(service, request, run, "words"))
        if response_format == "text":
            return PlainTextResponse(words)
        return JSONResponse(Transcription(text=words).model_dump())

    return router
