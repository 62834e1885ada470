"""A server of the API on a free loopback port, with scripted plans and slow tools."""

from __future__ import annotations

import asyncio
import base64
import io
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import PIL.Image
import pytest
import uvicorn

from agent.runtime.agent_runtime import Settings
from agent.server.access.api_keys import ApiKeys
from agent.server.runs.run_service import RunService
from agent.server.server_app import server_app
from agent.server.server_limits import ServerLimits
from agent.web.agent_pool import AgentPool
from agent.web.uploads import UploadLimits
from tests.agent.conftest import SLOW_TOOLS
from tools.media import Audio
from tools.media.media_limits import Limits

REPLIES = """\
when: hello
say("Hello!")
---
when: paint
red = paint(200, ms=1)
say("Here: {red}")
---
when: how red
value = redness(image1, ms=1)
say("It is {value}.")
---
when: again
value = redness(red, ms=1)
say("It was {value}.")
---
when: both
first = redness(image1, ms=1)
second = redness(image2, ms=1)
say("{first} and {second}")
---
when: slow
late = echo("late", ms=60000)
say("{late}")
---
when: count
four = count_up(ms=400)
say("{four}")
---
when: crash
bad = crash("no luck")
say("{bad}")
---
when: nonsense
nothing = there_is_no_such_tool()
---
when: seed
lot = draw_lots()
say("{lot}")
---
when: backwards
back = reverse(audio1)
say("Here: {back}")
---
when: make it grey
grey = grayscale(image1)
say("{grey}")
---
when: cover it (only region1 of image1)
covered = recolour(image1, "green", region1)
say("{covered}")
---
when: side by side
both = combine([image1, image2])
say("{both}")
---
when: What is said
loud = echo(text1, ms=1)
say("{loud}")
"""

SMALL = ServerLimits(
    uploads=UploadLimits(
        count=3, per_file=Limits(file_bytes=150_000, pixels=10_000, text_bytes=10_000)
    ),
    json_bytes=400_000,
    form_bytes=400_000,
    receive_seconds=1,
    runs_waiting=3,
    active_runs=5,
)


@dataclass
class Api:
    """A running server and a client without a key."""

    url: str
    client: httpx.AsyncClient
    service: RunService
    home: Path

    async def run(self, request: str, **fields: Any) -> dict[str, Any]:
        """Start a run and return it once it has ended or waits."""
        started = await self.client.post("/v1/runs", json={"request": request, **fields})
        assert started.status_code == 201, started.text
        return await self.until_ended(started.json()["id"])

    async def until_ended(self, run: str) -> dict[str, Any]:
        await self.service.wait(run)
        return (await self.client.get(f"/v1/runs/{run}")).json()

    async def until_working(self, run: str) -> None:
        """Wait until a command of the run has begun."""
        async with self.client.stream("GET", f"/v1/runs/{run}/events") as response:
            async for line in response.aiter_lines():
                if line == "event: CommandStarted":
                    return
        raise AssertionError("no command has begun")

    def log(self) -> list[str]:
        """What the slow tools say they have done."""
        path = self.home / "log"
        return path.read_text().splitlines() if path.exists() else []


def picture(red: int = 200, size: tuple[int, int] = (20, 10)) -> bytes:
    file = io.BytesIO()
    PIL.Image.new("RGB", size, (red, 0, 0)).save(file, "PNG")
    return file.getvalue()


def recording(seconds: float = 0.5) -> bytes:
    times = np.arange(int(16_000 * seconds)) / 16_000
    return Audio(np.sin(times * 2_000).astype(np.float32), 16_000).encode()


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def data_uri(data: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64_of(data)}"


def events_of(text: str) -> list[tuple[int, str, dict[str, Any]]]:
    """The id, kind and content of each server-sent event."""
    events: list[tuple[int, str, dict[str, Any]]] = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line[:1] != ":")
        if "data" in fields:
            events.append(
                (int(fields.get("id", 0)), fields.get("event", ""), json.loads(fields["data"]))
            )
    return events


@asynccontextmanager
async def serve(
    home: Path,
    limits: ServerLimits | None = None,
    keys: ApiKeys | None = None,
    plans: str = REPLIES,
    profile: str = "offline",
) -> AsyncGenerator[Api]:
    """Serve the API of this home folder until the block ends."""
    script = home / "replies.txt"
    script.write_text(plans, encoding="utf-8")
    settings = Settings(
        profile=profile, language_model=f"scripted:{script}", tool_files=(SLOW_TOOLS,)
    )
    service = RunService(AgentPool(settings), limits)
    app = server_app(service, host="127.0.0.1", keys=keys or ApiKeys({}))
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning")
    config.timeout_graceful_shutdown = 1
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done()
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=url, timeout=60) as client:
            yield Api(url, client, service, home)
    finally:
        server.should_exit = True
        await task


@pytest.fixture
def server_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    monkeypatch.setenv("SLOW_TOOLS_LOG", str(tmp_path / "log"))
    return tmp_path


@pytest.fixture
async def api(server_home: Path) -> AsyncGenerator[Api]:
    async with serve(server_home) as api:
        yield api


@pytest.fixture
async def small_api(server_home: Path) -> AsyncGenerator[Api]:
    """A server with small limits."""
    async with serve(server_home, SMALL) as api:
        yield api
