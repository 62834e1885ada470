"""The ASGI application of the HTTP API and the server that runs it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from agent.cli.terminal import warn_of_missing_clients
from agent.runtime.agent_runtime import Settings
from agent.server.access.access_middleware import AccessMiddleware
from agent.server.access.api_keys import ApiKeys
from agent.server.runs.run_service import RunService
from agent.server.server_limits import ServerLimits
from agent.server.server_metrics import Metrics, MetricsMiddleware
from agent.telemetry.environment import continue_traces
from agent.web.access.origin_check import check_bind_address
from agent.web.agent_pool import AgentPool
from tools.errors import InputError

if TYPE_CHECKING:
    from starlette.types import ASGIApp


def server_app(service: RunService, *, host: str, keys: ApiKeys) -> ASGIApp:
    """Build the ASGI application: routes, error handlers and access control."""
    from fastapi import FastAPI

    from agent.server.api_errors import add_error_handlers
    from agent.server.mcp_routes import McpEndpoint
    from agent.server.openapi_document import add_openapi
    from agent.server.runs.resource_routes import resource_routes
    from agent.server.runs.run_routes import run_routes
    from agent.server.server_routes import server_routes
    from agent.server.single_tools.audio_routes import audio_routes
    from agent.server.single_tools.embedding_routes import embedding_routes
    from agent.server.single_tools.image_routes import image_routes
    from agent.server.single_tools.video_routes import video_routes
    from agent.server.virtual_model.chat_completions import chat_routes
    from agent.server.virtual_model.responses import response_routes

    check_bind_address(host, keys)
    mcp_endpoint = McpEndpoint(service)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        async with mcp_endpoint.lifespan():
            await service.start()
            try:
                yield
            finally:
                await service.close()

    app = FastAPI(
        title="Batuta",
        version=version("batuta"),
        summary="Plan requests, run them on models, and fetch what they make.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )

    metrics = Metrics()
    service.observers.append(metrics)
    app.include_router(server_routes(service, metrics))
    for routes in (
        run_routes,
        resource_routes,
        chat_routes,
        response_routes,
        image_routes,
        audio_routes,
        embedding_routes,
        video_routes,
    ):
        app.include_router(routes(service))
    app.include_router(mcp_endpoint.routes())
    add_error_handlers(app)
    add_openapi(app, needs_key=bool(keys))
    guarded = AccessMiddleware(
        continue_traces(app),
        clients=service.clients,
        keys=keys,
        links=service.links,
        host=host,
        limits=service.limits,
    )
    return MetricsMiddleware(guarded, metrics)


async def serve_api(
    settings: Settings,
    *,
    host: str,
    port: int,
    keys: ApiKeys,
    limits: ServerLimits | None = None,
) -> None:
    """Serve the API until Ctrl-C."""
    import uvicorn

    check_bind_address(host, keys)
    agents = AgentPool(settings)
    agent = await agents.get()  # report a bad profile or tool before the port opens
    warn_of_missing_clients(agent.session.profile)
    app = server_app(RunService(agents, limits), host=host, keys=keys)
    config = uvicorn.Config(
        app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=3
    )
    server = uvicorn.Server(config)
    who = "clients with a key" if keys else "all programs on this machine"
    print(f"Batuta: http://{host}:{port}/v1 for {who}  (press Ctrl-C to stop)", flush=True)
    await server.serve()
    if not server.started:
        raise InputError(
            f"port {port} of {host!r} cannot be used",
            hint="another program may be using it: choose another port with --port",
        )
