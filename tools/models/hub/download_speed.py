"""Measure how fast a hub delivers, to say how long a download will take."""

from __future__ import annotations

import time

import httpx

from tools.errors import BatutaError
from tools.models.hub.hub_client import HubClient

_SAMPLE_BYTES = 8_000_000
_SAMPLE_S = 2.0
_TIMEOUT_S = 5.0


def bytes_per_second(client: HubClient, repository: str, revision: str) -> float | None:
    """Return the speed at which the largest file of a repository begins to arrive.

    None if it does not arrive: the download itself will say why.
    """
    from huggingface_hub import hf_hub_url
    from huggingface_hub.utils import build_hf_headers

    try:
        model = client.describe(repository, revision)
        name = max(model.files, key=lambda name: model.files[name].bytes)
        url = hf_hub_url(repository, name, revision=model.commit, endpoint=client.endpoint)
        headers = {**build_hf_headers(), "Range": f"bytes=0-{_SAMPLE_BYTES - 1}"}
        received = 0
        with httpx.stream(
            "GET", url, headers=headers, timeout=_TIMEOUT_S, follow_redirects=True
        ) as response:
            if response.is_error:
                return None
            start = time.monotonic()
            for chunk in response.iter_raw():
                received += len(chunk)
                if time.monotonic() - start > _SAMPLE_S:
                    break
            seconds = time.monotonic() - start
    except (BatutaError, httpx.HTTPError, ValueError):
        return None
    return received / max(seconds, 1e-3) if received else None


def duration_text(size: int, speed: float | None) -> str:
    """Return how long so many bytes take at a speed, in words; empty if it is unknown."""
    if speed is None:
        return ""
    seconds = size / speed
    duration = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
    return f"about {duration} at the {speed / 1e6:.1f} MB/s measured now"
