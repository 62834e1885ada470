"""The decoder child process: reads files from standard input, writes decoded media.

Started by tools/media/isolated/pool.py. It writes no files and ends when the parent closes its
pipe. Decoders are imported when the first file needs them.
"""

from __future__ import annotations

import os
import threading
import time
from typing import BinaryIO

from tools.errors import InputError
from tools.media.isolated.bounds import Bounds
from tools.media.isolated.job import Decoded, DecodeJob
from tools.media.isolated.messages import read_message, write_message
from tools.operating_system import forbid_files, limit_process, peak_bytes

_LARGEST_FILE = 1 << 32
_WATCH_EVERY_S = 0.05
MEMORY_EXIT = 86
"""The exit code of a process that exceeded its memory limit."""


def main() -> None:
    """Decode one file after another until the parent closes the pipe."""
    requests = os.fdopen(os.dup(0), "rb")
    responses = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # keep prints of libraries out of the response pipe
    forbid_files()
    write_message(responses, {"kind": "ready"})
    while message := read_message(requests, _LARGEST_FILE):
        header, data = message
        _respond(responses, DecodeJob.from_header(header), data)


def _respond(responses: BinaryIO, job: DecodeJob, data: bytes) -> None:
    from tools.media.isolated.results import encode_result

    _set_limits(job.bounds)
    try:
        header, payload = encode_result(_decode(job, data))
    except InputError as error:
        header, payload = {"kind": "refused", "message": error.message, "hint": error.hint}, b""
    except MemoryError:
        os._exit(MEMORY_EXIT)
    write_message(responses, {**header, "peak_bytes": peak_bytes()}, payload)


def _decode(job: DecodeJob, data: bytes) -> Decoded:
    if job.format.kind == "picture":
        from tools.media.image_files import open_image

        return open_image(data, job.name, job.format.name, job.limits)
    if job.format.kind == "document":
        from tools.media.documents import read_document

        return read_document(data, job.name, job.limits, job.reading)
    from tools.media.recording_files import open_recording

    return open_recording(data, job.name, job.format, job.limits)


def _set_limits(bounds: Bounds) -> None:
    """Set the limits for the next file; the kernel or a thread enforces them."""
    if not limit_process(bounds.cpu_seconds, bounds.memory_bytes):
        watch_memory(bounds.memory_bytes)


def watch_memory(max_bytes: int) -> None:
    """End the process once its peak memory exceeds a limit."""

    def watch() -> None:
        while peak_bytes() <= max_bytes:
            time.sleep(_WATCH_EVERY_S)
        os._exit(MEMORY_EXIT)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    main()
