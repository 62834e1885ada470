"""The decoder child process: reads files from standard input, writes decoded media.

Started by tools/media/isolated/pool.py. It writes no files and ends when the parent closes its
pipe. Decoders are imported when the first file needs them.
"""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO

from tools.errors import InputError
from tools.media.base import Media
from tools.media.isolated.bounds import Bounds
from tools.media.isolated.job import DecodeJob
from tools.media.isolated.messages import read_message, write_message

_LARGEST_FILE = 1 << 32
_STATUS = Path("/proc/self/status")
_WATCH_EVERY_S = 0.05
MEMORY_EXIT = 86
"""The exit code of a process that exceeded its memory limit."""


def main() -> None:
    """Decode one file after another until the parent closes the pipe."""
    requests = os.fdopen(os.dup(0), "rb")
    responses = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # keep prints of libraries out of the response pipe
    _forbid_files()
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


def _decode(job: DecodeJob, data: bytes) -> Media | str:
    if job.format.kind == "picture":
        from tools.media.image_files import open_image

        return open_image(data, job.name, job.format.name, job.limits)
    if job.format.kind == "document":
        from tools.media.documents import read_document

        return read_document(data, job.name, job.limits, job.reading)
    from tools.media.recording_files import open_recording

    return open_recording(data, job.name, job.format, job.limits)


def _forbid_files() -> None:
    """Forbid writing files and core dumps, and limit open descriptors."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def _set_limits(bounds: Bounds) -> None:
    """Set the limits for the next file; both count from the start of the process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = usage.ru_utime + usage.ru_stime
    # Soft limits only: the next file may have higher ones.
    _set_soft_limit(resource.RLIMIT_CPU, int(spent) + 1 + bounds.cpu_seconds)
    _set_soft_limit(resource.RLIMIT_AS, bounds.memory_bytes)
    if sys.platform != "linux":  # elsewhere RLIMIT_AS is not enforced
        watch_memory(bounds.memory_bytes)


def _set_soft_limit(kind: int, soft: int) -> None:
    _, hard = resource.getrlimit(kind)
    allowed = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
    resource.setrlimit(kind, (allowed, hard))


def watch_memory(max_bytes: int) -> None:
    """End the process once its peak memory exceeds a limit."""

    def watch() -> None:
        while peak_bytes() <= max_bytes:
            time.sleep(_WATCH_EVERY_S)
        os._exit(MEMORY_EXIT)

    threading.Thread(target=watch, daemon=True).start()


def peak_bytes() -> int:
    """Return the peak memory of this process so far."""
    if _STATUS.exists():
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    # On Linux this includes the parent's memory at the time of the fork.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    main()
