"""One MCP server as Batuta calls it: started when needed, and again after it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from contextvars import copy_context
from threading import Lock
from typing import Any, TypeVar

import httpx2
from mcp import Client, types
from mcp.client import Transport
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from agent.api.loop_thread import LoopThread
from agent.mcp.server_config import ServerEntry
from agent.mcp.untrusted_text import clean_text
from tools.errors import Cancelled, ToolError
from tools.sdk.call_context import check_stop

R = TypeVar("R")

_START_SECONDS = 30
_CHECK_SECONDS = 0.2
_MAX_PAGES = 20
_MAX_TOOLS = 200


class RemoteServer:
    """A connection in a thread of its own, which tools call from their threads."""

    def __init__(self, name: str, entry: ServerEntry) -> None:
        self.name = name
        self.entry = entry
        self._connection: LoopThread[Client] | None = None
        self._lock = Lock()

    def list_tools(self) -> list[types.Tool]:
        """Return the tools of the server; ToolError if it cannot be reached."""

        async def fetch(client: Client) -> list[types.Tool]:
            tools: list[types.Tool] = []
            cursor: str | None = None
            for _ in range(_MAX_PAGES):
                page = await client.list_tools(cursor=cursor)
                tools += page.tools
                cursor = page.next_cursor
                if not cursor:
                    break
            return tools[:_MAX_TOOLS]

        return self._use(fetch, "the list of its tools")

    def call(self, tool: str, arguments: Mapping[str, Any]) -> types.CallToolResult:
        """Return the result of a tool; ToolError if the server fails or takes too long."""

        async def call_tool(client: Client) -> types.CallToolResult:
            return await client.call_tool(tool, dict(arguments))

        return self._use(call_tool, f"the tool {clean_text(tool, 64)!r}")

    def close(self) -> None:
        """End the connection, and the program if it was started."""
        if connection := self._connection:
            self._drop(connection)

    def _drop(self, connection: LoopThread[Client]) -> None:
        """Close a connection; the next call opens another."""
        with self._lock:
            if self._connection is connection:
                self._connection = None
        with suppress(Exception):  # a program that has ended already
            connection.close()

    def _use(self, function: Callable[[Client], Coroutine[Any, Any, R]], purpose: str) -> R:
        connection = self._connect()
        limit = self.entry.timeout_s
        # The stop signal of a call is in the context of this thread, not of the loop's.
        context = copy_context()

        async def work() -> R:
            task = asyncio.create_task(function(connection.resource))
            try:
                async with asyncio.timeout(limit):
                    while not (await asyncio.wait({task}, timeout=_CHECK_SECONDS))[0]:
                        context.run(check_stop)
                return await task
            finally:
                if not task.done():
                    task.cancel()
                    await asyncio.wait({task})

        try:
            return connection.call(work())
        except TimeoutError as error:
            self._drop(connection)
            raise self._failure(
                f"took longer than {limit:g} seconds for {purpose}",
                "set a larger timeout_s in the file of servers, or ask for less",
            ) from error
        except MCPError as error:
            if error.code != types.CONNECTION_CLOSED:
                raise self._failure(
                    f"refused {purpose}: {clean_text(error.message)}", "try other arguments"
                ) from error
            self._drop(connection)
            raise self._ended(purpose) from error
        except Cancelled as error:
            check_stop()
            # Another call has closed the connection.
            raise self._ended(purpose) from error
        except Exception as error:
            self._drop(connection)
            raise self._failure(
                f"failed during {purpose}: {clean_text(str(_cause(error)))}",
                "the next call starts it again",
            ) from error

    def _connect(self) -> LoopThread[Client]:
        with self._lock:
            if self._connection is None or self._connection.is_closed:
                try:
                    self._connection = LoopThread(self._open())
                # A task group of the SDK wraps whatever the start of a program raises.
                except Exception as error:
                    raise self._failure(
                        f"cannot be reached: {clean_text(str(_cause(error)))}",
                        "check its command or url in the file of servers",
                    ) from error
            return self._connection

    @asynccontextmanager
    async def _open(self) -> AsyncGenerator[Client]:
        entry = self.entry
        async with AsyncExitStack() as stack:
            client = Client(
                await _http_transport(entry, stack)
                if entry.url
                else StdioServerParameters(
                    command=entry.command, args=list(entry.args), env=entry.env, cwd=entry.cwd
                )
            )
            async with asyncio.timeout(_START_SECONDS):
                await client.__aenter__()
            try:
                yield client
            finally:
                await client.__aexit__(None, None, None)

    def _ended(self, purpose: str) -> ToolError:
        return self._failure(f"ended during {purpose}", "the next call starts it again")

    def _failure(self, message: str, hint: str) -> ToolError:
        return ToolError(f"the MCP server {self.name!r} {message}", hint=hint)


async def _http_transport(entry: ServerEntry, stack: AsyncExitStack) -> Transport:
    """Return the transport to a server that runs already, with the headers of its entry."""
    timeout = httpx2.Timeout(_START_SECONDS, read=entry.timeout_s)
    http = httpx2.AsyncClient(headers=entry.headers, timeout=timeout)
    return streamable_http_client(entry.url, http_client=await stack.enter_async_context(http))


def _cause(error: BaseException) -> BaseException:
    """Return the first error that is no group."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
