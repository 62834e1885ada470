"""What differs between Linux, macOS and Windows; the only module that imports what one lacks.

Files are locked by the kernel, so that a lock ends with its process, however that ends. A process
that opens untrusted files gets limits: on Linux and macOS from the kernel, on Windows from a thread
of its own that watches memory and processor time.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import sys
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl
    import resource

HAS_UNIX_SOCKETS = sys.platform != "win32"
"""Whether a server of this process can listen on a path instead of a port."""

_STATUS = Path("/proc/self/status")
_STATM = Path("/proc/self/statm")
_SIGACTION_BYTES = 512
"""More than the struct of any C library takes."""


def try_lock(file: IO[str] | IO[bytes], *, shared: bool = False) -> bool:
    """Lock an open file until it is closed; return False if another process holds it.

    Where the system has no shared locks, the lock is exclusive.
    """
    try:
        if sys.platform == "win32":
            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.flock(file.fileno(), kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def wait_for_lock(file: IO[str] | IO[bytes], poll_s: float = 0.05) -> None:
    """Lock an open file until it is closed; wait while another process holds it."""
    while not try_lock(file):
        time.sleep(poll_s)


def link_file(source: Path, target: Path) -> None:
    """Make a file appear at a second path, without a copy where the system allows it."""
    if sys.platform != "win32":
        target.symlink_to(source.absolute())
        return
    # Symbolic links need a privilege there, and hard links one volume.
    try:
        target.hardlink_to(source)
    except OSError:
        shutil.copyfile(source, target)


def usable_cores() -> int:
    """Return how many cores this process may use, where the system reports it."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def load_average() -> float:
    """Return the processes of the last minute that used or awaited a core; 0 where unknown."""
    return os.getloadavg()[0] if sys.platform != "win32" else 0.0


def physical_memory_bytes() -> int:
    """Return the physical memory."""
    if sys.platform == "win32":
        return _windows_memory_bytes()
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def resident_bytes() -> int | None:
    """Return the memory that this process holds; None where the system does not say it."""
    if sys.platform == "linux" and _STATM.exists():
        return int(_STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return None


def peak_bytes() -> int:
    """Return the peak memory of this process so far."""
    if sys.platform == "win32":
        return _windows_peak_bytes()
    if _STATUS.exists():
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    # On Linux this includes the parent's memory at the time of the fork.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def is_administrator() -> bool:
    """Return whether programs can be installed without `sudo`."""
    return sys.platform == "win32" or os.geteuid() == 0


def forbid_files() -> None:
    """Forbid this process to write files and core dumps, and limit its open descriptors."""
    if sys.platform == "win32":
        return
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def limit_process(cpu_seconds: int, memory_bytes: int) -> bool:
    """Limit this process from now on; return whether the kernel enforces both limits.

    Soft limits only, so that they can be raised later; processor time counts from now.
    """
    if sys.platform == "win32":
        return False
    usage = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(usage.ru_utime + usage.ru_stime)
    for kind, soft in (
        (resource.RLIMIT_CPU, spent + 1 + cpu_seconds),
        (resource.RLIMIT_AS, memory_bytes),
    ):
        _, hard = resource.getrlimit(kind)
        allowed = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
        resource.setrlimit(kind, (allowed, hard))
    return sys.platform == "linux"  # elsewhere RLIMIT_AS is not enforced


def ended_by_processor_limit(return_code: int | None) -> bool:
    """Return whether a process ended because its processor time was used up."""
    return sys.platform != "win32" and return_code == -signal.SIGXCPU


def call_after_fork(function: Callable[[], object]) -> None:
    """Call a function in every process that is forked from this one, where there is fork."""
    if sys.platform != "win32":
        os.register_at_fork(after_in_child=function)


@contextmanager
def on_interrupt(loop: AbstractEventLoop, function: Callable[[], object]) -> Generator[None]:
    """Call a function in the event loop when the user presses Ctrl-C."""
    if sys.platform != "win32":
        loop.add_signal_handler(signal.SIGINT, function)
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGINT)
        return
    previous = signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(function))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)


@contextmanager
def keep_signal_handlers() -> Generator[None]:
    """Restore the handlers of SIGINT and SIGTERM, which a library in C replaces meanwhile.

    It uses libc, since Python sets handlers from its main thread only.
    """
    if sys.platform == "win32":
        yield
        return
    library = ctypes.CDLL(None)
    handlers = {
        number: ctypes.create_string_buffer(_SIGACTION_BYTES)
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    for number, handler in handlers.items():
        library.sigaction(int(number), None, handler)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            library.sigaction(int(number), handler, None)


if sys.platform == "win32":

    class _MemoryStatus(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_uint32),
            ("load", ctypes.c_uint32),
            ("total_physical", ctypes.c_uint64),
            ("other", ctypes.c_uint64 * 6),
        )

    class _MemoryCounters(ctypes.Structure):
        _fields_ = (
            ("length", ctypes.c_uint32),
            ("page_faults", ctypes.c_uint32),
            ("peak_working_set", ctypes.c_size_t),
            ("other", ctypes.c_size_t * 7),
        )

    def _windows_memory_bytes() -> int:
        status = _MemoryStatus(length=ctypes.sizeof(_MemoryStatus))
        ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
        return int(status.total_physical)

    def _windows_peak_bytes() -> int:
        counters = _MemoryCounters(length=ctypes.sizeof(_MemoryCounters))
        with suppress(OSError):
            ctypes.windll.kernel32.K32GetProcessMemoryInfo(
                ctypes.c_void_p(-1), ctypes.byref(counters), counters.length
            )
        return int(counters.peak_working_set)
