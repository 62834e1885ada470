"""POST /mcp: the Model Context Protocol over streamable HTTP, if its extra is installed."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from agent.server.access.access_middleware import client_of
from agent.server.api_errors import ApiError, ErrorBody
from agent.server.client_backend import ClientBackend
from agent.server.runs.run_routes import EVENT_STREAM
from agent.server.runs.run_service import RunService
from tools.errors import InputError
from tools.extras import missing_extra

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from agent.mcp.http_transport import HttpTransport

_MESSAGE = {"application/json": {"schema": {"type": "object"}}}


class McpEndpoint:
    """The route of the protocol, and the transport that has to run with the server."""

    def __init__(self, service: RunService) -> None:
        self._transport = _build_transport(service)

    @asynccontextmanager
    async def lifespan(self) -> AsyncGenerator[None]:
        """Answer messages until the block ends."""
        if isinstance(self._transport, InputError):
            yield
            return
        async with self._transport.run():
            yield

    def routes(self) -> APIRouter:
        """Build the route; without the extra it says how to get it."""
        router = APIRouter(tags=["mcp"])
        transport = self._transport

        @router.post(
            "/mcp",
            response_class=Response,
            responses={
                200: {"content": {**_MESSAGE, EVENT_STREAM: {}}},
                400: {"content": _MESSAGE},
                413: {"model": ErrorBody},
                415: {"model": ErrorBody},
            },
            openapi_extra={"requestBody": {"required": True, "content": _MESSAGE}},
            summary="Answer a message of the Model Context Protocol",
            include_in_schema=not isinstance(transport, InputError),
        )
        async def answer_message(request: Request) -> Response:
            if isinstance(transport, InputError):
                raise ApiError(
                    404, transport.message, hint=transport.hint, code="mcp_not_installed"
                )
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":
                raise ApiError(
                    415,
                    f"the content type {kind!r} is not supported",
                    hint="send application/json",
                    code="unsupported_media_type",
                )
            return _TransportResponse(transport)

        return router


class _TransportResponse(Response):
    """Leaves the whole response to the transport."""

    def __init__(self, transport: HttpTransport) -> None:
        super().__init__()
        self._transport = transport

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._transport(scope, receive, send)


def _build_transport(service: RunService) -> HttpTransport | InputError:
    """Build the transport; return the error that names the missing extra without it."""
    try:
        from agent.mcp.http_transport import HttpTransport
    except ModuleNotFoundError as error:
        if (missing := missing_extra(error)) is None:
            raise
        return missing

    async def backend_of(request: Request) -> ClientBackend:
        return ClientBackend(service, await service.agents.get(), client_of(request))

    return HttpTransport(backend_of, max_body_bytes=service.limits.json_bytes)
