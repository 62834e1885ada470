"""Frames on a connection between the front process and a replica: a length, then JSON."""

from __future__ import annotations

from asyncio import IncompleteReadError, StreamReader, StreamWriter

_LENGTH_BYTES = 4
MAX_FRAME_BYTES = 1 << 28


async def read_frame(reader: StreamReader) -> bytes:
    """Read one frame; empty at the end of the connection."""
    try:
        length = int.from_bytes(await reader.readexactly(_LENGTH_BYTES))
        if length > MAX_FRAME_BYTES:
            return b""
        return await reader.readexactly(length)
    except (IncompleteReadError, OSError):
        return b""


async def write_frame(writer: StreamWriter, content: bytes) -> None:
    """Write one frame and wait while the buffer is full; OSError if the connection has ended."""
    writer.write(len(content).to_bytes(_LENGTH_BYTES) + content)
    await writer.drain()
