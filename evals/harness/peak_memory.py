"""How much memory this process has needed, since it was last asked to forget."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_FORGET_PEAK = "5"
"""See proc(5): resets the peak of resident memory."""


def forget_peak() -> None:
    """Begin to measure anew, where the system can; elsewhere peaks are those of the process."""
    if _CLEAR.exists():
        _CLEAR.write_text(_FORGET_PEAK)


def peak_bytes() -> int:
    """The most resident memory since `forget_peak`."""
    if _STATUS.exists():
        for line in _STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return taken if sys.platform == "darwin" else taken * 1024
