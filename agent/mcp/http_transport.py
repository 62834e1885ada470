"""The streamable HTTP transport of the protocol, without sessions: each request stands alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

from agent.mcp.mcp_backend import McpBackend
from agent.mcp.mcp_server import Context, McpServer

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send


class HttpTransport:
    """An ASGI application that answers the protocol's requests; `run` it around its server."""

    def __init__(
        self, backend_of: Callable[[Request], Awaitable[McpBackend]], *, max_body_bytes: int
    ) -> None:
        async def backend_of_context(context: Context) -> McpBackend:
            assert context.request is not None  # this transport always passes the request on
            return await backend_of(context.request)

        # The transport's own checks of hosts and origins stay off: the server has made them.
        self._manager = StreamableHTTPSessionManager(
            McpServer(backend_of_context).build(),
            stateless=True,
            max_request_body_size=max_body_bytes,
        )

    def run(self) -> AbstractAsyncContextManager[None]:
        """Answer requests until the block ends; it can be entered once."""
        return self._manager.run()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._manager.handle_request(scope, receive, send)
