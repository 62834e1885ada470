"""Routes for runs: start, read, follow, stop, decide."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, cast

from fastapi import APIRouter, Header, Query
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse

from agent.record.control_characters import json_text
from agent.record.events import to_json
from agent.runtime.agent_runtime import Decision
from agent.server.access.access_middleware import client_of
from agent.server.access.client_records import Client, IdempotentRequest
from agent.server.api_errors import ApiError, ErrorBody, invalid_body
from agent.server.runs.file_inputs import ReceivedFile, file_of_text
from agent.server.runs.run_bodies import run_body
from agent.server.runs.run_feed import RunFeed
from agent.server.runs.run_schemas import DecisionRequest, FileInput, RunBody, RunList, RunRequest
from agent.server.runs.run_service import RunService, RunSpec

EVENT_STREAM = "text/event-stream"
STREAM_HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}
"""Headers that keep proxies from collecting a stream."""

_FORM_FIELDS = [name for name in RunRequest.model_fields if name != "files"]
_FORM_SCHEMA = {
    "type": "object",
    "properties": {
        **{name: {"type": "string"} for name in _FORM_FIELDS},
        "seed": {"type": "integer", "minimum": 0},
        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
    },
    "additionalProperties": False,
}
_RUN_CONTENT = {
    "application/json": {"schema": {"$ref": "#/components/schemas/RunRequest"}},
    "multipart/form-data": {"schema": _FORM_SCHEMA},
}
_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorBody} for status in (400, 409, 413, 429)
}


def run_routes(service: RunService) -> APIRouter:
    """Build the routes for runs."""
    router = APIRouter(prefix="/v1/runs", tags=["runs"])
    locks: dict[tuple[str, str], asyncio.Lock] = {}

    @router.post(
        "",
        status_code=201,
        response_model=RunBody,
        responses={200: {"model": RunBody, "description": "The run exists already"}, **_ERRORS},
        openapi_extra={"requestBody": {"required": True, "content": _RUN_CONTENT}},
        summary="Start a run",
    )
    async def start_run(
        request: Request,
        idempotency_key: Annotated[str, Header(max_length=255)] = "",
    ) -> JSONResponse:
        client = client_of(request)
        body, files = await _read_run_request(request, service.limits.uploads.count)
        if not idempotency_key:
            run = await _start(service, client, body, files)
            return _run_response(service, client, run, 201)
        lock = locks.setdefault((client.id, idempotency_key), asyncio.Lock())
        try:
            async with lock:
                digest = _digest_of(body, files)
                earlier = client.idempotent_request(idempotency_key)
                if earlier is None:
                    run = await _start(service, client, body, files)
                    client.save_idempotent_request(
                        idempotency_key, IdempotentRequest(request=digest, run=run)
                    )
                    return _run_response(service, client, run, 201)
                if earlier.request != digest:
                    raise ApiError(
                        409,
                        f"the idempotency key {idempotency_key!r} was used for another request",
                        hint="use a new key for a new request",
                        code="idempotency_key_reused",
                    )
                return _run_response(service, client, earlier.run, 200)
        finally:
            if not lock.locked():
                locks.pop((client.id, idempotency_key), None)

    @router.get("", summary="List the runs of this key, the latest first")
    async def list_runs(
        request: Request,
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
        after: Annotated[str, Query(max_length=40)] = "",
    ) -> RunList:
        client = client_of(request)
        runs = [run for run in client.runs() if not after or run < after]
        page = [run_body(service, client, run) for run in runs[:limit]]
        return RunList(data=page, has_more=len(runs) > limit)

    @router.get("/{run}", responses={404: {"model": ErrorBody}}, summary="Read a run")
    async def read_run(request: Request, run: str) -> RunBody:
        return run_body(service, client_of(request), run)

    @router.get(
        "/{run}/events",
        response_class=StreamingResponse,
        responses={
            200: {"content": {EVENT_STREAM: {}}},
            400: {"model": ErrorBody},
            404: {"model": ErrorBody},
        },
        summary="Follow the events of a run",
        description="Server-sent events until the run ends or waits for a decision. Send the last "
        "id as `Last-Event-ID` to go on after it.",
    )
    async def follow_run(
        request: Request,
        run: str,
        last_event_id: Annotated[int, Header(ge=0)] = 0,
    ) -> StreamingResponse:
        feed = service.feed(client_of(request), run)
        events = _server_sent_events(feed, last_event_id, service.limits.keep_alive_seconds)
        return StreamingResponse(events, media_type=EVENT_STREAM, headers=STREAM_HEADERS)

    @router.post("/{run}/stop", responses={404: {"model": ErrorBody}}, summary="Stop a run")
    async def stop_run(request: Request, run: str) -> RunBody:
        client = client_of(request)
        await service.stop(client, run)
        return run_body(service, client, run)

    @router.post(
        "/{run}/approve",
        responses={404: {"model": ErrorBody}, **_ERRORS},
        summary="Approve, replace or refuse the plan of a waiting run",
    )
    async def approve_run(
        request: Request, run: str, body: DecisionRequest | None = None
    ) -> RunBody:
        client = client_of(request)
        decision = body or DecisionRequest()
        await service.decide(client, run, Decision(decision.decision, decision.plan))
        return run_body(service, client, run)

    return router


async def _start(
    service: RunService, client: Client, body: RunRequest, files: list[ReceivedFile]
) -> str:
    agent = await service.agents.get(body.profile)
    values = await service.store_files(client, agent, files)
    thread = client.thread_of(body.conversation) if body.conversation else ""
    names = await agent.suggest_names(thread, values)
    spec = RunSpec(
        request=body.request.strip() or "run the plan",
        inputs={name.name: name.value for name in names},
        plan=body.plan,
        conversation=body.conversation,
        seed=body.seed,
        profile=body.profile,
        ask_first=body.ask_first,
        ask_if_costly=body.ask_if_costly,
        is_detached=True,
    )
    return await service.start_run(client, spec)


async def _read_run_request(
    request: Request, max_files: int
) -> tuple[RunRequest, list[ReceivedFile]]:
    """Read the body in either form, and the files in it."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        body, files = await _read_form(request, max_files)
    elif kind in ("application/json", ""):
        content = await request.body()
        try:
            body = await asyncio.to_thread(RunRequest.model_validate_json, content)
        except ValidationError as error:
            raise invalid_body(error) from error
        files = await asyncio.to_thread(received_files, body.files)
    else:
        raise ApiError(
            415,
            f"the content type {kind!r} is not supported",
            hint="send application/json or multipart/form-data",
            code="unsupported_media_type",
        )
    if not body.request.strip() and not body.plan.strip():
        raise ApiError(
            400,
            "there is neither a request nor a plan",
            hint="say in `request` what you want done, or give a plan in `plan`",
            code="empty_request",
            param="request",
        )
    return body, files


async def _read_form(request: Request, max_files: int) -> tuple[RunRequest, list[ReceivedFile]]:
    async with request.form(max_files=max_files, max_fields=len(_FORM_FIELDS)) as form:
        uploads = [part for name, part in form.multi_items() if name == "files"]
        fields = {name: part for name, part in form.multi_items() if name != "files"}
        if any(isinstance(part, UploadFile) for part in fields.values()) or not all(
            isinstance(part, UploadFile) for part in uploads
        ):
            raise ApiError(
                400,
                "the part `files` takes files, and every other part takes text",
                hint=f"the parts are `files` and {', '.join(_FORM_FIELDS)}",
                code="invalid_form",
            )
        try:
            body = RunRequest.model_validate_strings(fields)
        except ValidationError as error:
            raise invalid_body(error) from error
        files = [
            ReceivedFile(upload.filename or "", await upload.read())
            for upload in cast("list[UploadFile]", uploads)
        ]
        return body, files


def received_files(files: list[FileInput]) -> list[ReceivedFile]:
    """Decode the files of a JSON body."""
    received: list[ReceivedFile] = []
    for index, file in enumerate(files):
        param = f"files.{index}.data"
        if bool(file.data) == bool(file.artifact):
            raise ApiError(
                400,
                f"files.{index} needs either `data` or `artifact`",
                hint="give the content as base64 in `data`, or the digest of an artifact",
                code="invalid_file",
                param=param,
            )
        if file.artifact:
            received.append(ReceivedFile(file.name, artifact=file.artifact))
        else:
            received.append(file_of_text(file.data, file.name, param=param))
    return received


def _digest_of(body: RunRequest, files: list[ReceivedFile]) -> str:
    digest = hashlib.sha256(body.model_dump_json(exclude={"files"}).encode())
    for file in files:
        for part in (file.name.encode(), file.artifact.encode(), file.data):
            digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _run_response(service: RunService, client: Client, run: str, status: int) -> JSONResponse:
    body = run_body(service, client, run).model_dump()
    return JSONResponse(body, status, headers={"location": f"/v1/runs/{run}"})


async def _server_sent_events(
    feed: RunFeed, after: int, keep_alive_s: float
) -> AsyncGenerator[str]:
    async with aclosing(feed.read(after, keep_alive_s=keep_alive_s)) as items:
        async for item in items:
            if item is None:
                yield ": keep-alive\n\n"
                continue
            identifier = f"id: {item.id}\n" if item.id else ""
            kind = type(item.event).__name__
            yield f"{identifier}event: {kind}\ndata: {to_json(item.event)}\n\n"
    yield f"event: end\ndata: {json_text({})}\n\n"
