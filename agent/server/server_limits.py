"""Limits on what clients may ask of one server."""

from __future__ import annotations

from dataclasses import dataclass

from agent.web.usage_limits import UsageLimits


@dataclass(frozen=True)
class ServerLimits(UsageLimits):
    """Limits of one server; the size limits hold for each request."""

    runs_waiting: int = 8
    active_runs: int = 32
    """Runs of all clients that are running or queued."""
    json_bytes: int = 64_000_000
    """JSON is parsed in memory, so larger files are sent as multipart forms."""
    form_bytes: int = 210_000_000
    receive_seconds: float = 30
    """How long a client may pause while it sends a body."""
    retry_after_seconds: int = 5
    keep_alive_seconds: float = 15
    """How often a silent stream sends a comment, so that proxies keep it open."""
