"""Slots of a replica: Serve grants one, and its holder sends calls on a connection of its own.

A call through Serve's HTTP proxy passes four processes. So a front process asks Serve for a slot
only, and keeps the request open while it uses the slot: Serve routes, counts and scales as for any
other request.
"""

from __future__ import annotations

import asyncio
import secrets
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, suppress
from contextvars import Context

from pydantic import ValidationError

from agent.cluster.message_frames import read_frame, write_frame
from agent.cluster.worker_messages import (
    ErrorLine,
    ProgressLine,
    ResultLine,
    SlotLine,
    WorkerCall,
)
from tools.errors import ToolError

_CONNECT_SECONDS = 30
RunCall = Callable[[WorkerCall], AsyncGenerator[ProgressLine | ResultLine | ErrorLine]]


class _Slot:
    """A slot that Serve has granted, with the connection of its holder once there is one."""

    def __init__(self) -> None:
        self.connection: StreamWriter | None = None
        self.ended = asyncio.Event()


class SlotListener:
    """Runs the calls of the holders of slots."""

    def __init__(self, host: str, run: RunCall) -> None:
        self._host = host
        self._run = run
        self._slots: dict[str, _Slot] = {}
        self._server: asyncio.Server | None = None
        self._port: asyncio.Task[int] | None = None

    async def grant(self) -> AsyncGenerator[str]:
        """Yield where to connect; the slot ends with the connection or when this is closed."""
        if self._port is None:
            # Not in the context of the request that happens to be the first.
            self._port = asyncio.create_task(self._listen(), context=Context())
        port = await asyncio.shield(self._port)
        secret = secrets.token_hex(16)
        slot = self._slots[secret] = _Slot()
        try:
            yield SlotLine(host=self._host, port=port, secret=secret).model_dump_json() + "\n"
            await slot.ended.wait()
        finally:
            del self._slots[secret]
            if slot.connection:
                slot.connection.close()

    async def aclose(self) -> None:
        """Accept no more connections."""
        if self._server:
            self._server.close()
            await self._server.wait_closed()

    async def _listen(self) -> int:
        self._server = await asyncio.start_server(self._serve, self._host, 0)
        return self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        slot: _Slot | None = None
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                secret = await read_frame(reader)
            slot = self._slots.get(secret.decode(errors="replace"))
            if slot and slot.connection is None:
                slot.connection = writer
                await self._serve_calls(reader, writer)
        except TimeoutError:
            pass
        finally:
            if slot and slot.connection is writer:
                slot.ended.set()
            writer.close()

    async def _serve_calls(self, reader: StreamReader, writer: StreamWriter) -> None:
        task: asyncio.Task[None] | None = None
        # The holder sends nothing during a call: what arrives then is the end of the connection.
        while frame := await read_frame(reader):
            if task:
                await task
            task = asyncio.create_task(self._answer(frame, writer))
        if task and not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _answer(self, frame: bytes, writer: StreamWriter) -> None:
        try:
            call = WorkerCall.model_validate_json(frame)
        except ValidationError as error:
            line = ErrorLine.of(ToolError(f"the worker cannot read the call: {error}"))
            await write_frame(writer, line.model_dump_json().encode())
            return
        with suppress(OSError):  # the holder has left
            async with aclosing(self._run(call)) as lines:
                async for line in lines:
                    await write_frame(writer, line.model_dump_json().encode())
