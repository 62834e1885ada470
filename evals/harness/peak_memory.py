"""Peak resident memory of this process since the last reset."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_FORGET_PEAK = "5"
"""Resets the peak of resident memory; see proc(5)."""


def forget_peak() -> None:
    """Reset the peak on Linux; elsewhere it covers the process's lifetime."""
    if _CLEAR.exists():
        _CLEAR.write_text(_FORGET_PEAK)


def peak_bytes() -> int:
    """Return the peak resident memory since `reset_peak`."""
    if _STATUS.exists():
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return taken if sys.platform == "darwin" else taken * 1024
