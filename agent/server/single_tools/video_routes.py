"""/v1/videos: make a video in the background, look at its progress, fetch it."""

from __future__ import annotations

import asyncio
import secrets
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from agent.record.artifacts import Encoded
from agent.server.access.access_middleware import client_of
from agent.server.access.client_records import Client, VideoRecord
from agent.server.api_errors import ERROR_RESPONSES, ApiError, ErrorBody, invalid_body
from agent.server.model_names import MODEL
from agent.server.runs.file_inputs import ReceivedFile, file_of_text
from agent.server.runs.resource_routes import artifact_response
from agent.server.runs.run_schemas import NOT_BOOLEAN, Seed, media_values
from agent.server.runs.run_service import RunService, RunSpec
from agent.server.single_tools.tool_plan import ToolCall, model_of, plan_of, require_tool
from agent.web.view.plan_lines import CommandStatus
from tools.media import Video

_ID_PREFIX = "video_"
_PICTURE_FIELDS = ("input_reference", "input_reference[image_url]")
_FAILED = "the video could not be made"
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody}}


class VideoRequest(BaseModel):
    """A video to make from a prompt, or from a picture and a prompt.

    `size` has no effect: a video has the size that its model makes.
    """

    model_config = ConfigDict(extra="ignore", use_attribute_docstrings=True)

    prompt: Annotated[str, Field(min_length=1, max_length=4_000)]
    model: Annotated[str, Field(max_length=200)] = MODEL
    seconds: Annotated[float, NOT_BOOLEAN, Field(ge=0.5, le=60)] = 2
    seed: Seed | None = None
    """The same seed makes the same video; a random one by default."""


class VideoError(BaseModel):
    code: str
    message: str


class VideoBody(BaseModel):
    """A video and how far it is."""

    id: str
    object: Literal["video"] = "video"
    status: Literal["queued", "in_progress", "completed", "failed"]
    progress: int
    """In percent."""
    model: str
    prompt: str
    seconds: str
    size: str
    """Empty until the video is completed."""
    seed: int
    created_at: int
    completed_at: int | None
    error: VideoError | None


class VideoList(BaseModel):
    """Videos, the latest first."""

    object: Literal["list"] = "list"
    data: list[VideoBody]
    first_id: str | None
    last_id: str | None
    has_more: bool


class DeletedVideo(BaseModel):
    id: str
    object: Literal["video.deleted"] = "video.deleted"
    deleted: bool = True


_FORM_SCHEMA = {
    "type": "object",
    "required": ["prompt"],
    "properties": {
        "prompt": {"type": "string"},
        "model": {"type": "string"},
        "seconds": {"type": "number"},
        "seed": {"type": "integer"},
        "input_reference": {"type": "string", "format": "binary"},
    },
}
_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {"schema": _FORM_SCHEMA},
        "application/json": {"schema": VideoRequest.model_json_schema()},
    },
}


def video_routes(service: RunService) -> APIRouter:
    """Build the routes for videos."""
    router = APIRouter(prefix="/v1/videos", tags=["single tools"])

    @router.post(
        "",
        responses=ERROR_RESPONSES,
        openapi_extra={"requestBody": _BODY},
        summary="Make a video in the background",
        description="With a picture in `input_reference` the tool `animate` brings it to life, "
        "otherwise `make_video` makes the video from the prompt.",
    )
    async def create_video(request: Request) -> VideoBody:
        body, picture = await _read_body(request)
        client = client_of(request)
        tool = "animate" if picture else "make_video"
        model = await model_of(service, body.model, tool)
        require_tool(model.agent, tool)
        inputs: dict[str, Encoded] = {"prompt": body.prompt, "seconds": body.seconds}
        if picture:
            (inputs["image1"],) = await service.store_files(client, model.agent, [picture])
        arguments = ("image1", "prompt", "seconds") if picture else ("prompt", "seconds")
        seed = secrets.randbelow(1 << 31) if body.seed is None else body.seed
        spec = RunSpec(
            body.prompt,
            inputs=inputs,
            plan=plan_of(ToolCall("video", tool, arguments, model.pin)),
            profile=model.profile,
            seed=seed,
            is_detached=True,
        )
        run = await service.start_run(client, spec)
        record = VideoRecord(model=body.model, prompt=body.prompt, seconds=body.seconds)
        client.save_video(run, record)
        return await _video_body(service, client, run, record)

    @router.get("", summary="List the videos of this key, the latest first")
    async def list_videos(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        after: Annotated[str, Query(max_length=60)] = "",
        order: Literal["asc", "desc"] = "desc",
    ) -> VideoList:
        client = client_of(request)
        runs = client.videos() if order == "desc" else client.videos()[::-1]
        last = after.removeprefix(_ID_PREFIX)
        if last:
            runs = [run for run in runs if (run < last if order == "desc" else run > last)]
        records = [(run, client.video(run)) for run in runs[:limit]]
        data = [
            await _video_body(service, client, run, record) for run, record in records if record
        ]
        return VideoList(
            data=data,
            first_id=data[0].id if data else None,
            last_id=data[-1].id if data else None,
            has_more=len(runs) > limit,
        )

    @router.get("/{video}", responses=_NOT_FOUND, summary="Look at the progress of a video")
    async def read_video(request: Request, video: str) -> VideoBody:
        client = client_of(request)
        run, record = _require_video(client, video)
        return await _video_body(service, client, run, record)

    @router.delete("/{video}", responses=_NOT_FOUND, summary="Stop and forget a video")
    async def delete_video(request: Request, video: str) -> DeletedVideo:
        client = client_of(request)
        run, _ = _require_video(client, video)
        await service.stop(client, run)
        client.delete_video(run)
        return DeletedVideo(id=video)

    @router.get(
        "/{video}/content",
        response_class=Response,
        responses={
            200: {"content": {"video/mp4": {"schema": {"type": "string", "format": "binary"}}}},
            206: {"description": "A range of bytes"},
            400: {"model": ErrorBody},
            **_NOT_FOUND,
        },
        summary="Fetch a completed video",
    )
    async def read_content(
        request: Request, video: str, variant: Literal["video"] = "video"
    ) -> Response:
        client = client_of(request)
        run, _ = _require_video(client, video)
        if (digest := _digest_of(service, client, run)) is None:
            state = service.view(client, run).state
            raise ApiError(
                400,
                f"the video {video!r} has no content: its run is {state}",
                hint="fetch it when its status is completed",
                code="video_not_completed",
            )
        return await artifact_response(service, request, digest)

    return router


async def _read_body(request: Request) -> tuple[VideoRequest, ReceivedFile | None]:
    """Read a form or JSON, and the picture in it."""
    is_form = request.headers.get("content-type", "").startswith("multipart/form-data")
    try:
        if is_form:
            async with request.form(max_files=1, max_fields=20) as form:
                texts = {name: value for name, value in form.items() if isinstance(value, str)}
                return VideoRequest.model_validate_strings(texts), await _picture_in(form)
        body = _JsonVideoRequest.model_validate_json(await request.body())
    except ValidationError as error:
        raise invalid_body(error) from error
    reference = body.input_reference
    return body, _picture_of(reference.image_url) if reference else None


class _Reference(BaseModel):
    image_url: str


class _JsonVideoRequest(VideoRequest):
    input_reference: _Reference | None = None


async def _picture_in(form: FormData) -> ReceivedFile | None:
    part = next((form[name] for name in _PICTURE_FIELDS if name in form), None)
    if isinstance(part, UploadFile):
        data = await part.read()
        return ReceivedFile(part.filename or "", data, kinds=("image",), param=_PICTURE_FIELDS[0])
    return _picture_of(part) if part else None


def _picture_of(text: str) -> ReceivedFile:
    param = _PICTURE_FIELDS[0]
    return file_of_text(text, "picture", param=param, kinds=("image",))


def _require_video(client: Client, video: str) -> tuple[str, VideoRecord]:
    run = video.removeprefix(_ID_PREFIX)
    record = client.video(run) if video.startswith(_ID_PREFIX) else None
    if record is None:
        raise ApiError(
            404,
            f"there is no video {video!r}",
            hint="use an id that POST /v1/videos returned to the same key",
            code="video_not_found",
        )
    return run, record


async def _video_body(
    service: RunService, client: Client, run: str, record: VideoRecord
) -> VideoBody:
    view = service.view(client, run)
    started = service.started(client, run)
    digest = _digest_of(service, client, run)
    error = service.error(run) or view.error
    status: Literal["queued", "in_progress", "completed", "failed"]
    if digest is not None:
        status = "completed"
    elif view.is_finished or error:
        status = "failed"
    else:
        status = "queued" if service.jobs.queue_position(run) else "in_progress"
    fractions = [
        1.0 if call.status is CommandStatus.FINISHED else call.fraction
        for line in view.lines()
        for call in line.calls.values()
    ]
    return VideoBody(
        id=f"{_ID_PREFIX}{run}",
        status=status,
        progress=100 if digest else min(99, round(100 * max(fractions, default=0))),
        model=record.model,
        prompt=record.prompt,
        seconds=f"{record.seconds:g}",
        size=await _size_of(service, digest) if digest else "",
        seed=started.seed,
        created_at=int(started.at),
        completed_at=int(started.at + view.seconds) if digest else None,
        error=VideoError(code="video_failed", message=error or _FAILED)
        if status == "failed"
        else None,
    )


async def _size_of(service: RunService, digest: str) -> str:
    store = (await service.agents.get()).session.store
    video = await asyncio.to_thread(store.get, digest)
    return f"{video.width}x{video.height}" if isinstance(video, Video) else ""


def _digest_of(service: RunService, client: Client, run: str) -> str | None:
    """Return the digest of the video that a run has made, if it has."""
    return next(
        (
            reference["artifact"]
            for result in service.view(client, run).results
            for reference in media_values(result.value)
            if reference["kind"] == Video.kind
        ),
        None,
    )
