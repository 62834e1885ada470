"""Turn telemetry on by the standard environment variables of OpenTelemetry."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from agent.record.events import RunObserver
from tools.extras import missing_extra

if TYPE_CHECKING:
    from starlette.types import ASGIApp

log = logging.getLogger(__name__)

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
"""The address of the collector of traces and metrics."""
_ENDPOINTS = (
    ENDPOINT,
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
)
PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"
HTTP_PROTOCOL = "http/protobuf"
DISABLED = "OTEL_SDK_DISABLED"


def telemetry_is_on() -> bool:
    """Return whether the environment names a collector."""
    is_disabled = os.environ.get(DISABLED, "").lower() == "true"
    return any(map(os.environ.get, _ENDPOINTS)) and not is_disabled


def telemetry_from_environment() -> tuple[RunObserver, ...]:
    """Return the observer that exports runs, if the environment names a collector.

    The variables may be set for other programs too: what prevents the export is a warning.
    """
    if not telemetry_is_on():
        return ()
    protocol = os.environ.get(PROTOCOL, HTTP_PROTOCOL)
    if protocol != HTTP_PROTOCOL:
        log.warning(
            "runs are not exported: %s is %r\nhint: set it to %r and use the port for HTTP",
            PROTOCOL,
            protocol,
            HTTP_PROTOCOL,
        )
        return ()
    try:
        from agent.telemetry.exporters import exporting_telemetry
    except ImportError as error:
        if (missing := missing_extra(error)) is None:
            raise
        log.warning("runs are not exported, although %s is set: %s", ENDPOINT, missing)
        return ()
    return (exporting_telemetry(),)


def continue_traces(app: ASGIApp) -> ASGIApp:
    """Return the application, continuing the traces of its clients if telemetry is on."""
    if not telemetry_is_on():
        return app
    try:
        from agent.telemetry.trace_context import TraceContextMiddleware
    except ImportError:  # each agent that opens warns of it
        return app
    return TraceContextMiddleware(app)
