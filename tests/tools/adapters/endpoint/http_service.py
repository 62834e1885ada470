"""A small HTTP service with written responses, which remembers its requests."""

from __future__ import annotations

import json
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass(frozen=True)
class Written:
    """A response: its content, as JSON unless it is bytes."""

    content: Any
    status: int = 200
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    delay_s: float = 0.0

    @property
    def data(self) -> bytes:
        if isinstance(self.content, bytes):
            return self.content
        return json.dumps(self.content).encode()


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Service:
    """Sends the responses in order, the last one again and again."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/v1"
        self.responses: list[Written] = []
        self.requests: list[Received] = []

    def respond(self, *responses: Written) -> None:
        self.responses = list(responses)


@contextmanager
def http_service() -> Generator[Service]:
    """Run the service on a free port until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            service.requests.append(Received(self.path, dict(self.headers), body))
            index = min(len(service.requests), len(service.responses)) - 1
            written = service.responses[index]
            time.sleep(written.delay_s)
            self.send_response(written.status)
            self.send_header("content-type", written.content_type)
            self.send_header("content-length", str(len(written.data)))
            for name, value in written.headers.items():
                self.send_header(name, value)
            self.end_headers()
            with suppress(ConnectionError):  # a client may have left
                self.wfile.write(written.data)

        do_GET = do_POST = _answer  # noqa: N815

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    service = Service(server.server_address[1])
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
