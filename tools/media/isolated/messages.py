"""Messages on a pipe: a JSON header, then raw bytes, each preceded by its length.

Neither side unpickles anything: data from the decoding process may be hostile.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO, cast

_LENGTHS = struct.Struct(">IQ")
_MAX_HEADER_BYTES = 65_536

Header = Mapping[str, Any]


class BadMessage(Exception):  # noqa: N818  (it always ends the process it came from)
    """A message on the pipe is truncated, too long or malformed."""


def write_message(pipe: BinaryIO, header: Header, payload: bytes | memoryview = b"") -> None:
    """Write one message and flush it."""
    encoded = json.dumps(header).encode()
    size = payload.nbytes if isinstance(payload, memoryview) else len(payload)
    pipe.write(_LENGTHS.pack(len(encoded), size))
    pipe.write(encoded)
    pipe.write(payload)
    pipe.flush()


def read_message(pipe: BinaryIO, max_payload_bytes: int) -> tuple[Header, bytes] | None:
    """Read one message; None where the pipe has ended."""
    lengths = pipe.read(_LENGTHS.size)
    if not lengths:
        return None
    if len(lengths) < _LENGTHS.size:
        raise BadMessage("the message is cut short")
    header_bytes, payload_bytes = _LENGTHS.unpack(lengths)
    if header_bytes > _MAX_HEADER_BYTES or payload_bytes > max_payload_bytes:
        raise BadMessage(f"the message has {header_bytes:,} and {payload_bytes:,} bytes")
    encoded, payload = pipe.read(header_bytes), pipe.read(payload_bytes)
    if len(encoded) < header_bytes or len(payload) < payload_bytes:
        raise BadMessage("the message is cut short")
    try:
        header: object = json.loads(encoded)
    except (ValueError, RecursionError) as error:
        raise BadMessage("the message has no header") from error
    if not isinstance(header, dict):
        raise BadMessage("the message has no header")
    return cast("Header", header), payload
