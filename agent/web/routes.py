"""Routes for the media of a conversation and its HTML export.

Import it only when a server starts: FastAPI reads the types of these functions.
"""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import cast

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from agent.record.artifacts import ArtifactStore
from agent.web.access.auth import visitor_of
from agent.web.chat import Chat
from agent.web.page.page import Page
from agent.web.view.conversation_export import export_conversation
from tools.atomic_write import write_atomically
from tools.errors import BadArgument
from tools.media import Image, Table
from tools.media.picture_formats import BY_SUFFIX, for_browsers
from tools.signal.table_files import CSV, MIDI, table_file

_MEDIA_TYPES = {
    **{format.suffix: format.media_type for format in BY_SUFFIX.values()},
    ".wav": "audio/wav",
    ".mp4": "video/mp4",
    ".json": "application/json",
    CSV: "text/csv",
    MIDI: "audio/midi",
}
_NOSNIFF = {"x-content-type-options": "nosniff"}
_POLICY = "default-src 'none'; media-src 'self'; img-src 'self'; style-src 'unsafe-inline'"
"""Policy for files opened directly: nothing in them may run."""


def _is_shown(suffix: str) -> bool:
    """Return whether a page can show a file that ends like this."""
    return suffix not in BY_SUFFIX or BY_SUFFIX[suffix].in_browsers


def _preview_of(path: Path) -> Path:
    """Return the PNG file beside a picture of another format, written if it is not there."""
    preview = path.with_suffix(".png")
    if not preview.exists():
        write_atomically(preview, for_browsers(path.read_bytes())[1])
    return preview


def _plain_name(name: str) -> str:
    """Return the characters of a file name that a header may have."""
    return "".join(c for c in name if c.isascii() and (c.isalnum() or c in "._-"))


def _table_response(store: ArtifactStore, digest: str, name: str, suffix: str) -> Response:
    """Return a table as a file of another format."""
    table = store.get(digest, Table.kind)
    try:
        content = table_file(cast("Table", table), suffix)
    except BadArgument as error:
        return PlainTextResponse(error.message, 404, _NOSNIFF)
    disposition = f'attachment; filename="{_plain_name(name)}"'
    headers = {**_NOSNIFF, "content-disposition": disposition}
    return Response(content, media_type=_MEDIA_TYPES[suffix], headers=headers)


def add_routes(app: FastAPI, chat: Chat, page: Page) -> None:
    """Add the routes that serve a visitor's own media and conversations."""

    @app.get("/media/{conversation}/{digest}")
    async def media(request: Request, conversation: str, digest: str, save: str = "") -> Response:
        visitor = visitor_of(chat.visitors, request)
        if not (chat.owns(visitor, conversation, digest) or page.holds(visitor, digest)):
            return PlainTextResponse("This is not part of your conversation.", 404, _NOSNIFF)
        session = (await chat.agent_of(visitor)).session
        store = session.store
        artifact = store.find(digest)
        if artifact is None:
            return PlainTextResponse("This is not stored any more.", 404, _NOSNIFF)
        if artifact.kind == Table.kind and (suffix := PurePath(save).suffix) in (CSV, MIDI):
            return await session.run_in_opener(_table_response, store, digest, save, suffix)
        path = visitor.export_folder / f"{digest}{artifact.suffix}"
        if not path.exists():
            # A copy on disk, because audio and video players request byte ranges.
            path = store.export(digest, visitor.export_folder, digest)
        if not save and not _is_shown(artifact.suffix):
            path = await session.run_in_opener(_preview_of, path)
        headers = {
            **_NOSNIFF,
            "content-security-policy": _POLICY,
            "cache-control": "private, max-age=31536000, immutable",
        }
        if name := _plain_name(save):
            if artifact.kind == Image.kind:
                name = f"{PurePath(name).stem}{artifact.suffix}"
            headers["content-disposition"] = f'attachment; filename="{name}"'
        media_type = _MEDIA_TYPES.get(path.suffix, "application/octet-stream")
        return FileResponse(path, media_type=media_type, headers=headers)

    @app.get("/conversation/{conversation}.html")
    async def download_conversation(request: Request, conversation: str) -> Response:
        visitor = visitor_of(chat.visitors, request)
        stored_conversation = visitor.conversation(conversation)
        if stored_conversation is None:
            return PlainTextResponse("This is not your conversation.", 404, _NOSNIFF)
        session = (await chat.agent_of(visitor)).session
        runs = [chat.runs.get(run) for run in stored_conversation.runs]
        html = export_conversation(
            runs, session.store, stored_conversation.title, tools=session.registry
        )
        name = f'attachment; filename="{conversation}.html"'
        return HTMLResponse(html, headers={**_NOSNIFF, "content-disposition": name})
