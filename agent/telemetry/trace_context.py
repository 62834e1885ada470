"""Continue the trace of a client: the header `traceparent` of its HTTP requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry import context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_HEADERS = ("traceparent", "tracestate")


class TraceContextMiddleware:
    """Make the span of a client the parent of the runs that its request starts."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._propagator = TraceContextTextMapPropagator()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]
        }
        carrier = {name: headers[name] for name in _HEADERS if name in headers}
        token = context.attach(self._propagator.extract(carrier))
        try:
            await self._app(scope, receive, send)
        finally:
            context.detach(token)
