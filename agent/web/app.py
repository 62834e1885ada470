"""The ASGI application of the chat and the server that runs it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from agent.cli.terminal import warn_of_missing_clients
from agent.runtime.agent_runtime import Settings
from agent.web.access.auth import AuthMiddleware
from agent.web.access.gradio_gate import GradioGate
from agent.web.access.headers import SecurityHeaders
from agent.web.access.logins import Logins
from agent.web.access.origin_check import check_bind_address
from agent.web.access.page_sessions import PageSessions
from agent.web.access.upload_ids import UploadIds
from agent.web.agent_pool import AgentPool
from agent.web.chat import Chat
from agent.web.chat_limits import ChatLimits
from agent.web.page.page import Page
from tools.errors import InputError

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp

_SESSIONS_PER_PAGE = 5
"""Sessions of a visitor for each page that may be open: pages that were not closed in order."""


def chat_app(chat: Chat, *, host: str = "127.0.0.1", logins: Logins | None = None) -> ASGIApp:
    """Build the ASGI application: routes, middleware and Gradio's page."""
    from fastapi import FastAPI

    from agent.web.page.page_layout import mount
    from agent.web.routes import add_routes

    logins = logins or Logins({})
    check_bind_address(host, logins)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        await chat.start()
        try:
            yield
        finally:
            await chat.close()

    app = FastAPI(lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    page = Page(chat)
    add_routes(app, chat, page)
    upload_folder = chat.agents.home / "uploads"
    queue = mount(app, page, upload_folder)
    sessions = PageSessions(_SESSIONS_PER_PAGE * chat.limits.pages)

    def delete_session(session: str) -> None:
        sessions.close(session)
        queue.delete(session)

    page.on_close = delete_session
    page.unread = queue.unread
    sessions.on_drop = page.close_session
    gate = GradioGate(
        app,
        queue=queue,
        uploads=UploadIds(upload_folder),
        sessions=sessions,
        visitors=chat.visitors,
        limits=chat.limits,
    )
    authenticated_app = AuthMiddleware(gate, visitors=chat.visitors, host=host, logins=logins)
    return SecurityHeaders(authenticated_app)


async def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    logins: Logins,
    language_models: Sequence[str] = (),
    limits: ChatLimits | None = None,
) -> None:
    """Serve the page until Ctrl-C."""
    import uvicorn

    check_bind_address(host, logins)
    agents = AgentPool(settings, language_models)
    agent = await agents.get()  # report a bad profile or tool before the page opens
    warn_of_missing_clients(agent.session.profile)
    chat = Chat(agents, limits)
    app = chat_app(chat, host=host, logins=logins)
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=3
    )
    server = uvicorn.Server(config)
    print(f"Batuta: http://{host}:{port}  (press Ctrl-C to stop)", flush=True)
    await server.serve()
    if not server.started:
        raise InputError(
            f"port {port} of {host!r} cannot be used",
            hint="another program may be using it: choose another port with --port",
        )
