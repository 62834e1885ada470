"""Peak resident memory of this process since the last reset."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

_STATUS_FILE = Path("/proc/self/status")
_CLEAR_REFS_FILE = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"
"""Resets the peak of resident memory; see proc(5)."""


def reset_peak() -> None:
    """Reset the peak on Linux; elsewhere it covers the process's lifetime."""
    if _CLEAR_REFS_FILE.exists():
        _CLEAR_REFS_FILE.write_text(_RESET_PEAK)


def peak_bytes() -> int:
    """Return the peak resident memory since `reset_peak`."""
    if _STATUS_FILE.exists():
        for line in _STATUS_FILE.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
