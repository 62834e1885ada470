"""ASGI middleware that admits requests: host, origin, key and size of the body."""

from __future__ import annotations

import asyncio
import math
import re
from typing import TYPE_CHECKING, cast

from agent.server.access.api_keys import ApiKeys
from agent.server.access.artifact_links import ArtifactLinks
from agent.server.access.client_records import Client, Clients
from agent.server.api_errors import ApiError, error_response, too_many
from agent.server.server_limits import ServerLimits
from agent.web.access.logins import TooManyFailures
from agent.web.access.origin_check import allowed_hosts, is_allowed_host, is_same_origin

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CLIENT = "batuta.client"
"""The key of the client in a request's scope."""
LOCAL_CLIENT = "local"
"""The client of all requests to a server without keys."""

_PUBLIC_PATHS = ("/health",)
_HEADERS = ((b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store"))


def client_of(request: Request) -> Client:
    """Return the client that a request comes from."""
    return cast("Client", request.scope[CLIENT])


class AccessMiddleware:
    """Refuse foreign, unauthenticated and oversized requests; add the client to the scope."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        clients: Clients,
        keys: ApiKeys,
        links: ArtifactLinks,
        host: str,
        limits: ServerLimits,
    ) -> None:
        self._app = app
        self._clients = clients
        self._keys = keys
        self._links = links
        names = [f"key {name}" for name in keys.names] if keys else [LOCAL_CLIENT]
        self._client_ids = {clients.get(name).id for name in names}
        self._hosts = allowed_hosts(host)
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no route is a WebSocket
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        try:
            self._check_host(headers)
            if (linked := self._linked_client(scope)) is not None:
                scope[CLIENT] = linked
            else:
                self._check_origin(scope, headers)
                if scope["path"] not in _PUBLIC_PATHS:
                    scope[CLIENT] = self._clients.get(await self._authenticate(scope, headers))
            limited = _limited_receive(receive, headers, self._limits)
        except ApiError as error:
            await error_response(error)(scope, receive, send)
            return
        await self._app(scope, limited, _with_headers(send))

    def _linked_client(self, scope: Scope) -> Client | None:
        """Return the client of a signed link, which pages of other sites may embed."""
        if scope["method"] not in ("GET", "HEAD"):
            return None
        client_id = self._links.verify(scope["path"], scope["query_string"], self._client_ids)
        return self._clients.with_id(client_id) if client_id else None

    def _check_host(self, headers: dict[str, str]) -> None:
        if not is_allowed_host(headers, self._hosts):
            raise ApiError(
                421,
                f"the host name {headers.get('host', '')!r} is not served here",
                hint=f"use one of {', '.join(sorted(self._hosts or ()))}",
                code="wrong_host",
            )

    def _check_origin(self, scope: Scope, headers: dict[str, str]) -> None:
        if not is_same_origin(scope["method"], headers):
            raise ApiError(
                403,
                "requests from web pages of other sites are not allowed",
                hint="call the API from a program, not from a page in a browser",
                code="foreign_origin",
            )

    async def _authenticate(self, scope: Scope, headers: dict[str, str]) -> str:
        if not self._keys:
            return LOCAL_CLIENT
        address = scope["client"][0] if scope.get("client") else "an unknown address"
        try:
            name = await self._keys.authenticate(headers.get("authorization", ""), address)
        except TooManyFailures as error:
            raise too_many(
                f"too many wrong keys: {error}",
                hint="check the key of this client",
                wait_s=math.ceil(error.wait_s),
            ) from error
        if name is None:
            raise ApiError(
                401,
                "a valid key is needed",
                hint="send the header `Authorization: Bearer KEY`; create a key with: "
                "batuta serve --new-key NAME",
                code="invalid_api_key",
                headers={"www-authenticate": 'Bearer realm="Batuta"'},
            )
        return f"key {name}"


def _limited_receive(receive: Receive, headers: dict[str, str], limits: ServerLimits) -> Receive:
    """Wrap `receive` to enforce the size of the body and the time it takes to arrive."""
    is_multipart = headers.get("content-type", "").startswith("multipart/form-data")
    allowed = limits.form_bytes if is_multipart else limits.json_bytes
    announced = headers.get("content-length", "")
    if re.fullmatch(r"\d{1,18}", announced) and int(announced) > allowed:
        raise _too_large(allowed, is_multipart)
    received_bytes = 0
    is_complete = False

    async def limited() -> Message:
        nonlocal received_bytes, is_complete
        if is_complete:
            return await receive()  # waits until the client disconnects
        try:
            async with asyncio.timeout(limits.receive_seconds):
                message = await receive()
        except TimeoutError as error:
            raise ApiError(
                408,
                f"no data arrived for {limits.receive_seconds:.0f} seconds",
                hint="send the whole request again",
                code="request_timeout",
                headers={"connection": "close"},
            ) from error
        received_bytes += len(message.get("body", b""))
        is_complete = not message.get("more_body", False)
        if received_bytes > allowed:
            raise _too_large(allowed, is_multipart)
        return message

    return limited


def _too_large(allowed: int, is_multipart: bool) -> ApiError:
    hint = "send fewer or smaller files"
    if not is_multipart:
        hint += ", or send them as multipart/form-data to POST /v1/runs"
    message = f"the body is larger than {allowed:,} bytes"
    # The connection stays open: closed while the client still sends, it would lose the response.
    return ApiError(413, message, hint=hint, code="body_too_large")


def _with_headers(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            names = {name.lower() for name, _ in message["headers"]}
            missing = [pair for pair in _HEADERS if pair[0] not in names]
            message["headers"] = [*message["headers"], *missing]
        await send(message)

    return with_headers
