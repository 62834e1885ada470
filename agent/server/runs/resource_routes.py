"""Routes for artifacts, plans and tools."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from agent.plan import PlanError
from agent.server.access.access_middleware import client_of
from agent.server.api_errors import ErrorBody
from agent.server.runs.run_bodies import (
    artifact_body,
    invalid_plan_body,
    media_type_of,
    tool_bodies,
    valid_plan_body,
)
from agent.server.runs.run_routes import received_files
from agent.server.runs.run_schemas import ArtifactBody, PlanCheck, PlanCheckRequest, ToolList
from agent.server.runs.run_service import RunService

_POLICY = "default-src 'none'; media-src 'self'; img-src 'self'"
"""Policy for content opened in a browser: nothing in it may run."""
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody}}


def resource_routes(service: RunService) -> APIRouter:
    """Build the routes for artifacts, plans and tools."""
    router = APIRouter(prefix="/v1")

    @router.get(
        "/artifacts/{digest}",
        response_class=Response,
        responses={
            200: {"content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}},
            206: {"description": "A range of bytes"},
            **_NOT_FOUND,
        },
        tags=["artifacts"],
        summary="Fetch the content of an artifact",
    )
    async def read_artifact(request: Request, digest: str) -> Response:
        return await artifact_response(service, request, digest)

    @router.get(
        "/artifacts/{digest}/info",
        responses=_NOT_FOUND,
        tags=["artifacts"],
        summary="Read how an artifact was made",
    )
    async def read_artifact_info(request: Request, digest: str) -> ArtifactBody:
        client = client_of(request)
        origin = client.require_artifact(digest)
        agent = await service.agents.get()
        artifact = await asyncio.to_thread(agent.session.store.describe, digest)
        return artifact_body(client, artifact, origin)

    @router.post(
        "/plans/check",
        responses={400: {"model": ErrorBody}},
        tags=["plans"],
        summary="Check a plan without running it",
    )
    async def check_plan(request: Request, body: PlanCheckRequest) -> PlanCheck:
        client = client_of(request)
        agent = await service.agents.get(body.profile)
        files = await asyncio.to_thread(received_files, body.files)
        values = await service.store_files(client, agent, files)
        thread = client.thread_of(body.conversation) if body.conversation else ""
        names = await agent.conversation_names(thread) if thread else {}
        names |= {name.name: name.value for name in await agent.suggest_names(thread, values)}
        try:
            checked = agent.session.read_plan(body.plan, names)
        except PlanError as error:
            return invalid_plan_body(error)
        estimate = await asyncio.to_thread(agent.estimate, checked)
        return valid_plan_body(checked, estimate)

    @router.get("/tools", responses={400: {"model": ErrorBody}}, tags=["plans"])
    async def list_tools(
        request: Request, profile: Annotated[str, Query(max_length=100)] = ""
    ) -> ToolList:
        """List the tools and named plans that plans can call."""
        client_of(request)
        agent = await service.agents.get(profile)
        return ToolList(data=tool_bodies(agent.session))

    return router


async def artifact_response(service: RunService, request: Request, digest: str) -> Response:
    """Return the content of an artifact of the client, or the range that it asks for."""
    client_of(request).require_artifact(digest)
    agent = await service.agents.get()
    artifact, data = await asyncio.to_thread(agent.session.store.open, digest)
    headers = {
        "content-security-policy": _POLICY,
        "cache-control": "private, max-age=31536000, immutable",
        "etag": f'"{digest}"',
        "accept-ranges": "bytes",
        "content-disposition": f'inline; filename="{digest[:12]}{artifact.suffix}"',
    }
    return _ranged_response(request, data, media_type_of(artifact), headers)


def _ranged_response(
    request: Request, data: bytes, media_type: str, headers: dict[str, str]
) -> Response:
    """Return the content, or the range of bytes that a player asks for."""
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    match = _RANGE.fullmatch(request.headers.get("range", ""))
    if match is None or not any(match.groups()):
        return Response(data, media_type=media_type, headers=headers)
    first, last = match.groups()
    start = int(first) if first else max(len(data) - int(last), 0)
    end = min(int(last) if first and last else len(data) - 1, len(data) - 1)
    if start > end:
        headers["content-range"] = f"bytes */{len(data)}"
        return Response(status_code=416, headers=headers)
    headers["content-range"] = f"bytes {start}-{end}/{len(data)}"
    return Response(data[start : end + 1], 206, headers, media_type)
