"""Routes about the server itself."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter
from starlette.responses import PlainTextResponse

from agent.server.runs.run_schemas import Health
from agent.server.runs.run_service import RunService
from agent.server.server_metrics import CONTENT_TYPE, Metrics


def server_routes(service: RunService, metrics: Metrics) -> APIRouter:
    """Build the routes about the server itself."""
    router = APIRouter(tags=["server"])

    @router.get("/health", summary="Check that the server answers; needs no key")
    async def health() -> Health:
        return Health(version=version("batuta"))

    @router.get(
        "/metrics",
        response_class=PlainTextResponse,
        summary="Read counts of requests, runs, commands and tokens for Prometheus",
    )
    async def read_metrics() -> PlainTextResponse:
        agent = await service.agents.get()
        active, queued = service.active_counts()
        residents = {entry.model: entry.bytes for entry in agent.session.residency.residents()}
        text = metrics.render(active=active, queued=queued, resident_bytes=residents)
        return PlainTextResponse(text, media_type=CONTENT_TYPE)

    return router
