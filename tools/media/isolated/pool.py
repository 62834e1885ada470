"""The decoder pool: a few child processes that decode files, started on demand.

A process is reused, since starting one takes longer than decoding most files. It is replaced when
it has crashed, timed out or used too much memory.
"""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
import threading
from functools import cache
from pathlib import Path
from typing import BinaryIO, cast

from tools.errors import BatutaError, InputError
from tools.media.formats import Format
from tools.media.isolated.bounds import bounds_for
from tools.media.isolated.job import Decoded, DecodeJob, Reading
from tools.media.isolated.messages import BadMessage, read_message, write_message
from tools.media.isolated.results import decode_result
from tools.media.isolated.worker import MEMORY_EXIT
from tools.media.media_limits import Limits
from tools.operating_system import call_after_fork, ended_by_processor_limit

_PROCESSES = 2
_START_SECONDS = 60.0
_LARGEST_PEAK = 600_000_000
"""A process with a higher peak memory in bytes is not reused."""
_ROOT = Path(__file__).parents[3]
_HINT = "save it again with another program, or give a smaller part of it"


def decode_isolated(
    data: bytes, name: str, format: Format, limits: Limits, reading: Reading | None = None
) -> Decoded:
    """Decode a file in a child process; InputError if it cannot be used.

    Of a document `reading` says what is wanted.
    """
    bounds = bounds_for(format.kind, len(data), limits)
    job = DecodeJob(name, format, limits, bounds, reading or Reading())
    return _pool().decode(job, data)


class DecoderPool:
    """A bounded pool of processes; callers in other threads wait for a free one."""

    def __init__(self, processes: int = _PROCESSES) -> None:
        self._free = threading.BoundedSemaphore(processes)
        self._idle: list[DecoderProcess] = []

    def decode(self, job: DecodeJob, data: bytes) -> Decoded:
        """Decode a file; InputError if it cannot be used."""
        with self._free:
            process = self._idle_process() or DecoderProcess()
            try:
                return process.decode(job, data)
            finally:
                if process.reusable:
                    self._idle.append(process)
                else:
                    process.kill()

    def close(self) -> None:
        """End the idle processes."""
        while process := self._idle_process():
            process.kill()

    def _idle_process(self) -> DecoderProcess | None:
        try:
            process = self._idle.pop()  # atomic, so that no two threads get the same process
        except IndexError:
            return None
        return process if process.is_alive() else self._idle_process()


class DecoderProcess:
    """One child process, which decodes one file at a time.

    `reusable` is false from sending a file until a valid response.
    """

    def __init__(self) -> None:
        self.reusable = True
        self._child = subprocess.Popen(
            [sys.executable, "-s", "-m", "tools.media.isolated.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT.anchor,
            env={
                "PYTHONPATH": os.pathsep.join([str(_ROOT), *filter(None, sys.path)]),
                "PYTHONDONTWRITEBYTECODE": "1",
                # Each thread's own arena would reserve 64 MB of the address space.
                "MALLOC_ARENA_MAX": "2",
                "OPENBLAS_NUM_THREADS": "1",
            },
        )
        # Popen's types do not say that both pipes exist when requested.
        self._requests = cast("BinaryIO", self._child.stdin)
        self._responses = cast("BinaryIO", self._child.stdout)
        with _TimeLimit(_START_SECONDS, self._child):
            ready = read_message(self._responses, 0)
        if ready is None:
            self.kill()
            raise BatutaError(
                f"the process that opens files ended with {self._child.returncode} as it started",
                hint=f"see why: {sys.executable} -m tools.media.isolated.worker",
            )

    def decode(self, job: DecodeJob, data: bytes) -> Decoded:
        """Decode a file; InputError if it cannot be used."""
        self.reusable = False
        limit = _TimeLimit(job.bounds.wall_seconds, self._child)
        try:
            with limit:
                write_message(self._requests, job.to_header(), data)
                response = read_message(self._responses, job.bounds.output_bytes)
            if response is not None:
                header, payload = response
                peak = header.get("peak_bytes")
                self.reusable = isinstance(peak, int) and peak < _LARGEST_PEAK
                return decode_result(header, payload, job.limits)
        except (BadMessage, OSError):
            self.reusable = False  # the process has ended or violated the protocol
        self.kill()
        raise InputError(self._failure_message(job, limit.expired), hint=_HINT)

    def is_alive(self) -> bool:
        return self._child.poll() is None

    def kill(self) -> None:
        """End it at once."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._requests, self._responses):
            try:
                pipe.close()
            except OSError:
                continue  # unsent data is lost

    def _failure_message(self, job: DecodeJob, expired: bool) -> str:
        code = self._child.returncode
        if expired:
            return f"{job.name!r} took longer than {job.bounds.wall_seconds:.0f} seconds to open"
        if ended_by_processor_limit(code):
            return f"{job.name!r} took more than {job.bounds.cpu_seconds} CPU seconds to open"
        megabytes = f"{job.bounds.memory_bytes / 1_000_000:,.0f} MB"
        if code == MEMORY_EXIT:
            return f"{job.name!r} needs more than {megabytes} of memory to be opened"
        # Few decoders survive a failed allocation.
        return (
            f"{job.name!r} crashed what opens {job.format.name}, or needs more than {megabytes} "
            "of memory"
        )


class _TimeLimit:
    """Kills a process that takes longer than the block may."""

    def __init__(self, seconds: float, child: subprocess.Popen[bytes]) -> None:
        self.expired = False
        self._child = child
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def _expire(self) -> None:
        self.expired = True
        self._child.kill()

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()


@cache
def _pool() -> DecoderPool:
    pool = DecoderPool()
    atexit.register(pool.close)
    return pool


# A forked process must not use the children of its parent.
call_after_fork(_pool.cache_clear)
