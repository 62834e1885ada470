"""Peak resident memory of this process since the last reset."""

from __future__ import annotations

from pathlib import Path

from tools import operating_system

_CLEAR_REFS_FILE = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"
"""Resets the peak of resident memory; see proc(5)."""


def reset_peak() -> None:
    """Reset the peak on Linux; elsewhere it covers the process's lifetime."""
    if _CLEAR_REFS_FILE.exists():
        _CLEAR_REFS_FILE.write_text(_RESET_PEAK)


def peak_bytes() -> int:
    """Return the peak resident memory since `reset_peak`."""
    return operating_system.peak_bytes()
