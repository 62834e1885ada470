"""The chat as a web server on a free loopback port, and the requests that a browser would send."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from agent.web.app import chat_app
from agent.web.chat import Chat
from agent.web.store.visitors import Conversation

FILE_META = {"_type": "gradio.FileData"}


@dataclass
class Served:
    """A running server."""

    chat: Chat
    url: str

    @asynccontextmanager
    async def visit(self) -> AsyncGenerator[Guest]:
        """Enter as a new visitor, with a cookie."""
        async with httpx.AsyncClient(base_url=self.url, timeout=60) as client:
            config = (await client.get("/config")).json()
            yield Guest(client, config)

    def conversations(self) -> list[Conversation]:
        """Every conversation of every visitor."""
        return [each for visitor in self.chat.visitors.all() for each in visitor.conversations()]

    def traces(self) -> str:
        """All that the server has written about its runs."""
        return "".join(path.read_text() for path in self.chat.runs.folder.rglob("events.jsonl"))


@dataclass
class Guest:
    """What a visitor's browser can send, and what an attacker can."""

    client: httpx.AsyncClient
    config: Mapping[str, Any]
    session: str = field(default_factory=lambda: secrets.token_hex(6))

    async def upload(self, path: Path) -> str:
        """Upload a file; return what the server calls it."""
        files = {"files": (path.name, path.read_bytes())}
        response = await self.client.post("/gradio_api/upload", files=files)
        response.raise_for_status()
        return str(response.json()[0])

    async def send(self, text: str, *files: object, camera: object = None) -> httpx.Response:
        """Send a request with file objects, as the page's text box does."""
        return await self.join("ask", {"text": text, "files": list(files)}, camera)

    async def join(self, function: str, *data: object) -> httpx.Response:
        number = next(
            each["id"] for each in self.config["dependencies"] if each["api_name"] == function
        )
        body = {"data": data, "fn_index": number, "session_hash": self.session, "event_data": None}
        return await self.client.post("/gradio_api/queue/join", json=body)

    async def messages(self) -> str:
        """Everything the server streams until the last event that was joined is complete."""
        received = ""
        address = f"/gradio_api/queue/data?session_hash={self.session}"
        async with self.client.stream("GET", address) as response:
            async for line in response.aiter_lines():
                received += line
                if line.startswith("data:") and json.loads(line[5:])["msg"] == "process_completed":
                    return received
        return received


def file_object(path: str, **more: object) -> dict[str, object]:
    """What Gradio's client sends of a file."""
    return {"path": path, "meta": FILE_META, "orig_name": Path(path).name, **more}


@asynccontextmanager
async def serve_chat(chat: Chat) -> AsyncGenerator[Served]:
    """Serve the chat until the block ends."""
    config = uvicorn.Config(chat_app(chat), host="127.0.0.1", port=0, log_level="warning")
    config.timeout_graceful_shutdown = 1
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        assert not task.done()
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Served(chat, f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        await task
