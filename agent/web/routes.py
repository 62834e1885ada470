"""Routes for the media of a conversation and its HTML export.

Import it only when a server starts: FastAPI reads the types of these functions.
"""

from __future__ import annotations

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from agent.record.journal import Run
from agent.web.auth import visitor_of
from agent.web.chat import Chat
from agent.web.page import Page
from agent.web.view.conversation_export import conversation_page

_TYPES = {
    ".png": "image/png",
    ".wav": "audio/wav",
    ".mp4": "video/mp4",
    ".json": "application/json",
}
_SAFE = {"x-content-type-options": "nosniff"}
_POLICY = "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'"
"""Policy for files opened directly: nothing in them may run."""


def add_routes(app: FastAPI, chat: Chat, page: Page) -> None:
    """Add the routes that serve a visitor's own media and conversations."""

    @app.get("/media/{conversation}/{digest}")
    async def media(request: Request, conversation: str, digest: str, save: str = "") -> Response:
        visitor = visitor_of(chat.visitors, request)
        if not (chat.owns(visitor, conversation, digest) or page.holds(visitor, digest)):
            return PlainTextResponse("This is not part of your conversation.", 404, _SAFE)
        store = (await chat.agent_of(visitor)).orchestra.store
        artifact = store.find(digest)
        if artifact is None:
            return PlainTextResponse("This is not stored any more.", 404, _SAFE)
        path = visitor.shown / f"{digest}{artifact.suffix}"
        if not path.exists():
            # A copy on disk, because audio and video players request byte ranges.
            path = store.export(digest, visitor.shown, digest)
        headers = {
            **_SAFE,
            "content-security-policy": _POLICY,
            "cache-control": "private, max-age=31536000, immutable",
        }
        if name := "".join(c for c in save if c.isascii() and (c.isalnum() or c in "._-")):
            headers["content-disposition"] = f'attachment; filename="{name}"'
        kind = _TYPES.get(artifact.suffix, "application/octet-stream")
        return FileResponse(path, media_type=kind, headers=headers)

    @app.get("/conversation/{conversation}.html")
    async def keep(request: Request, conversation: str) -> Response:
        visitor = visitor_of(chat.visitors, request)
        found = visitor.conversation(conversation)
        if found is None:
            return PlainTextResponse("This is not your conversation.", 404, _SAFE)
        orchestra = (await chat.agent_of(visitor)).orchestra
        runs = [Run(chat.runs.folder / run) for run in found.runs]
        html = conversation_page(runs, orchestra.store, found.title, tools=orchestra.registry)
        name = f'attachment; filename="{conversation}.html"'
        return HTMLResponse(html, headers={**_SAFE, "content-disposition": name})
