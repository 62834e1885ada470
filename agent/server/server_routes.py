"""Routes about the server itself."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter

from agent.server.runs.run_schemas import Health


def server_routes() -> APIRouter:
    """Build the routes about the server itself."""
    router = APIRouter(tags=["server"])

    @router.get("/health", summary="Check that the server answers; needs no key")
    async def health() -> Health:
        return Health(version=version("batuta"))

    return router
