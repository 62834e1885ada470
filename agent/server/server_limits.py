"""Limits on what clients may ask of one server."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.web.uploads import UploadLimits


@dataclass(frozen=True)
class ServerLimits:
    """Limits of one server; the size limits hold for each request."""

    runs_at_once: int = 4
    active_runs: int = 32
    """Runs of all clients that are running or queued."""
    active_runs_of_client: int = 8
    stored_bytes: int = 5_000_000_000
    """Bytes of uploads and results of one key in 24 hours."""
    compute_seconds: int = 4 * 3_600
    """Seconds in 24 hours in which runs of one key executed, and its files were opened."""
    request_characters: int = 4_000
    uploads: UploadLimits = field(default_factory=UploadLimits)
    json_bytes: int = 64_000_000
    """JSON is parsed in memory, so larger files are sent as multipart forms."""
    form_bytes: int = 210_000_000
    receive_seconds: float = 30
    """How long a client may pause while it sends a body."""
    retry_after_seconds: int = 5
    keep_alive_seconds: float = 15
    """How often a silent stream sends a comment, so that proxies keep it open."""
