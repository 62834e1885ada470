"""ASGI middleware that limits Gradio to known routes, own uploads and own sessions.

Gradio checks the paths in a request only when launched, not when mounted as here. So every JSON
body is parsed, its file objects are replaced, and Gradio gets the new body:

    browser   {"path": "k3…/cat.png", "url": …, "meta": …}    an id issued to this visitor
    Gradio    {"path": "/…/uploads/5f…/cat.png", "meta": …}   the file behind it

An object with a `path` or a `url` that is not such an id is refused at any depth.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qs, urlencode

from starlette.responses import FileResponse, PlainTextResponse

from agent.web.access.page_sessions import PageSessions
from agent.web.access.upload_ids import UploadIds
from agent.web.chat_limits import ChatLimits
from agent.web.gradio_queue import GradioQueue
from agent.web.store.visitors import Visitors

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

VISITOR = "batuta.visitor"
"""Key of the visitor's id in a request's ASGI scope."""

_API = "/gradio_api"
_JOIN = f"{_API}/queue/join"
_UPLOAD = f"{_API}/upload"
_EVENTS = f"{_API}/queue/data"
_HEARTBEAT = f"{_API}/heartbeat/"
_FILE = f"{_API}/file="
_PATHS = frozenset(
    {
        "/",
        "/config",
        "/favicon.ico",
        "/manifest.json",
        "/robots.txt",
        "/theme.css",
        f"{_API}/app_id",
        f"{_API}/startup-events",
        f"{_API}/upload_progress",
    }
)
_PATH_PREFIXES = ("/assets/", "/static/", "/media/", "/conversation/", _HEARTBEAT)

_MAX_BODY_BYTES = 2_000_000
"""Largest JSON body; the largest that the page sends is a painted mark."""
_MAX_DEPTH = 100
_MAX_SESSION_NAME = 100
_UPLOADS_BEYOND_LIMIT = 2
"""Factor of the limit on stored bytes at which uploads end; the page refuses files from 1 on."""
_FILE_META = {"_type": "gradio.FileData"}
_INLINE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp", "audio/", "video/")
_FILE_HEADERS = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
}


class Refusal(Exception):  # noqa: N818  (a response, not an error)
    """A refused request, with the status and message of its response."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


class GradioGate:
    """Forward the page's own requests to Gradio and refuse all others."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        queue: GradioQueue,
        uploads: UploadIds,
        sessions: PageSessions,
        visitors: Visitors,
        limits: ChatLimits,
    ) -> None:
        self._app = app
        self._visitors = visitors
        self._limits = limits
        self._queue = queue
        self._uploads = uploads
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            await self._route(scope, receive, send)
        except Refusal as refusal:
            response = PlainTextResponse(refusal.sentence, refusal.status)
            await response(scope, receive, send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        visitor = cast("str", scope[VISITOR])
        path, method = cast("str", scope["path"]), cast("str", scope["method"])
        if method == "POST" and path == _JOIN:
            await self._join(visitor, scope, receive, send)
        elif method == "POST" and path == _UPLOAD:
            self._check_upload(visitor)
            await self._app(scope, receive, self._issue_ids(visitor, send))
        elif method in ("GET", "HEAD") and path.startswith(_FILE):
            await self._file_response(visitor, path.removeprefix(_FILE))(scope, receive, send)
        elif method == "GET" and path == _EVENTS:
            await self._send_events(visitor, scope, receive, send)
        elif method in ("GET", "HEAD") and (path in _PATHS or path.startswith(_PATH_PREFIXES)):
            await self._app(self._with_own_heartbeat(visitor, scope, path), receive, send)
        else:
            raise Refusal(404, "Not found.")

    def _check_upload(self, visitor: str) -> None:
        """Refuse an upload of a visitor who goes on though the page says that it is enough."""
        stored_bytes = self._visitors.by_id(visitor).usage.stored_bytes()
        if stored_bytes >= _UPLOADS_BEYOND_LIMIT * self._limits.stored_bytes:
            raise Refusal(413, "You have uploaded too much today.")

    async def _join(self, visitor: str, scope: Scope, receive: Receive, send: Send) -> None:
        body = _parse(await _read(receive))
        if not self._queue.has_function(body.get("fn_index")):
            raise Refusal(400, "The request names no function of the page.")
        if not isinstance(body.get("data"), list):
            raise Refusal(400, "The request has no list of data.")
        chosen_name = _session_name(body.get("session_hash"))
        body["session_hash"] = self._sessions.open(visitor, chosen_name)
        resolved_body = json.dumps(self._resolve_ids(visitor, body)).encode()
        await self._app(_with_body(scope, resolved_body), _replay(resolved_body, receive), send)

    def _resolve_ids(self, visitor: str, value: Any, depth: int = 0) -> Any:
        """Replace each upload id in the value by its file's path."""
        if depth > _MAX_DEPTH:
            raise Refusal(400, "The request is nested too deeply.")
        if isinstance(value, list):
            items = cast("list[Any]", value)
            return [self._resolve_ids(visitor, item, depth + 1) for item in items]
        if not isinstance(value, dict):
            return value
        fields = cast("dict[str, Any]", value)
        if "path" in fields or "url" in fields:
            return self._resolve_file(visitor, fields)
        return {key: self._resolve_ids(visitor, item, depth + 1) for key, item in fields.items()}

    def _resolve_file(self, visitor: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        upload_id = fields.get("path")
        path = self._uploads.path_of(visitor, upload_id) if isinstance(upload_id, str) else None
        if path is None:
            raise Refusal(403, "This file is not yours.")
        return {"path": str(path), "orig_name": path.name, "meta": _FILE_META}

    def _file_response(self, visitor: str, upload_id: str) -> FileResponse:
        path = self._uploads.path_of(visitor, upload_id)
        if path is None:
            raise Refusal(403, "This file is not yours.")
        response = FileResponse(path, headers=_FILE_HEADERS)
        if not (response.media_type or "").startswith(_INLINE_TYPES):
            kind = "application/octet-stream"
            return FileResponse(path, filename=path.name, media_type=kind, headers=_FILE_HEADERS)
        return response

    async def _send_events(self, visitor: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a session of the visitor what happens on its page."""
        query = parse_qs(cast("bytes", scope["query_string"]).decode("latin-1"))
        chosen_name = _session_name(query.get("session_hash", [None])[-1])
        session = self._sessions.name(visitor, chosen_name)
        if session not in self._sessions:
            raise Refusal(404, "This session is not open.")
        own_query = urlencode({"session_hash": session}).encode()
        with self._sessions.connect(session):
            await self._app({**scope, "query_string": own_query}, receive, send)

    def _with_own_heartbeat(self, visitor: str, scope: Scope, path: str) -> Scope:
        """Replace the session that a heartbeat names by the visitor's own."""
        if not path.startswith(_HEARTBEAT):
            return scope
        chosen_name = _session_name(path.removeprefix(_HEARTBEAT))
        own_path = _HEARTBEAT + self._sessions.name(visitor, chosen_name)
        return {**scope, "path": own_path, "raw_path": own_path.encode()}

    def _issue_ids(self, visitor: str, send: Send) -> Send:
        """Wrap `send` to replace the paths in an upload's response by ids."""
        start: Message = {}
        body = b""

        async def issue(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            if start["status"] == 200:
                paths = cast("list[str]", json.loads(body))
                ids = [self._uploads.issue(visitor, Path(path).resolve()) for path in paths]
                stored_bytes = sum(Path(path).stat().st_size for path in paths)
                self._visitors.by_id(visitor).usage.add(stored_bytes=stored_bytes)
                body = json.dumps(ids).encode()
            start["headers"] = _with_content_length(start["headers"], body)
            await send(start)
            await send({"type": "http.response.body", "body": body})

        return issue


def _session_name(name: object) -> str:
    if not isinstance(name, str) or not 0 < len(name) <= _MAX_SESSION_NAME:
        raise Refusal(400, "The request names no session.")
    return name


def _parse(body: bytes) -> dict[str, Any]:
    try:
        parsed: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "The request is not JSON.") from error
    if not isinstance(parsed, dict):
        raise Refusal(400, "The request is not a JSON object.")
    return cast("dict[str, Any]", parsed)


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "The request ended early.")
        body += message.get("body", b"")
        if len(body) > _MAX_BODY_BYTES:
            raise Refusal(413, f"The request has more than {_MAX_BODY_BYTES:,} bytes.")
        if not message.get("more_body"):
            return body


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that yields the body once, then the server's messages."""
    messages: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": body, "more_body": False}
    ]

    async def replay() -> Message:
        return messages.pop() if messages else await receive()

    return replay


def _with_body(scope: Scope, body: bytes) -> Scope:
    headers = [pair for pair in scope["headers"] if pair[0].lower() != b"content-type"]
    json_type = (b"content-type", b"application/json")
    return {**scope, "headers": [*_with_content_length(headers, body), json_type]}


def _with_content_length(
    headers: list[tuple[bytes, bytes]], body: bytes
) -> list[tuple[bytes, bytes]]:
    length_headers = (b"content-length", b"transfer-encoding")
    other_headers = [pair for pair in headers if pair[0].lower() not in length_headers]
    return [*other_headers, (b"content-length", str(len(body)).encode())]
