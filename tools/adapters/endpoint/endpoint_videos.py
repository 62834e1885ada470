"""Make videos by the videos API of OpenAI and compatible servers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Literal, Self
from urllib.parse import quote

from pydantic import BaseModel

from tools import Video, check_stop, progress
from tools.adapters.endpoint.endpoint_client import EndpointClient
from tools.errors import SourceError, ToolError
from tools.library.video.make_video import VideoMaker
from tools.models.endpoint import Endpoint
from tools.models.endpoint_model import EndpointModel

_POLL_SECONDS = 1.0
_CHECK_SECONDS = 0.2


class EndpointVideos(EndpointModel, VideoMaker):
    """Text-to-video, made in the background there.

    Settings: `longest`, the longest video in seconds (12). The time limit of the endpoint holds for
    the whole video.
    """

    def __init__(self, client: EndpointClient, longest_s: float) -> None:
        self._client = client
        self.longest_s = longest_s

    @classmethod
    def connect(cls, endpoint: Endpoint, settings: Mapping[str, str]) -> Self:
        return cls(EndpointClient(endpoint), float(settings.get("longest", "12")))

    def generate_video(self, prompt: str, seconds: float, seed: int) -> Video:
        host = self._client.endpoint.host
        deadline = time.monotonic() + self._client.endpoint.timeout_s
        job = self._client.post("videos", _VideoJob, prompt=prompt, seconds=f"{seconds:g}")
        path = f"videos/{quote(job.id, safe='')}"
        while job.status in ("queued", "in_progress"):
            if time.monotonic() > deadline:
                raise SourceError(
                    f"{host} has not made the video within "
                    f"{self._client.endpoint.timeout_s:g} seconds",
                    hint="set a larger `timeout_s` in the card, or ask for a shorter video",
                )
            progress(job.progress / 100, f"{host}: {job.status.replace('_', ' ')}")
            _wait(_POLL_SECONDS)
            job = self._client.get(path, _VideoJob)
        if job.status == "failed":
            problem = job.error.message if job.error else "no reason"
            raise ToolError(
                f"{host} could not make the video: {problem[:200]}", hint="change the request"
            )
        return self._client.open_as(Video, self._client.get_bytes(f"{path}/content").data)


def _wait(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        check_stop()
        time.sleep(_CHECK_SECONDS)


class _VideoError(BaseModel):
    message: str = ""


class _VideoJob(BaseModel):
    id: str
    status: Literal["queued", "in_progress", "completed", "failed"]
    progress: float = 0
    error: _VideoError | None = None
