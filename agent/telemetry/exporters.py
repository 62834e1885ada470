"""The exporters of this process: OTLP over HTTP, to the collector that the environment names.

This module needs the extra `otel`: import it inside the function that does.
"""

from __future__ import annotations

import os
from functools import cache
from importlib.metadata import version

from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.metrics import MeterProvider
from opentelemetry.sdk.metrics import MeterProvider as SdkMeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider as SdkTracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import TracerProvider

from agent.telemetry.run_telemetry import RunTelemetry

CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
"""Whether spans hold requests, plans, values and answers."""
_CAPTURING = ("true", "span_only", "span_and_event")


@cache
def exporting_telemetry() -> RunTelemetry:
    """Return the telemetry of this process.

    It uses the providers of the application if there are any. Our own ones are not global, so that
    the spans of other libraries, whose content nobody checked, are not exported.
    """
    own = Resource.create({"service.name": "batuta", "service.version": version("batuta")})
    resource = own.merge(OTELResourceDetector().detect())  # the environment may name it
    captures_content = os.environ.get(CAPTURE, "").lower() in _CAPTURING
    return RunTelemetry(
        _tracer_provider(resource), _meter_provider(resource), captures_content=captures_content
    )


def _tracer_provider(resource: Resource) -> TracerProvider:
    provider = trace.get_tracer_provider()
    if isinstance(provider, SdkTracerProvider):
        return provider
    provider = SdkTracerProvider(resource=resource)
    if _exports("OTEL_TRACES_EXPORTER"):
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


def _meter_provider(resource: Resource) -> MeterProvider:
    provider = metrics.get_meter_provider()
    if isinstance(provider, SdkMeterProvider):
        return provider
    readers = (
        [PeriodicExportingMetricReader(OTLPMetricExporter())]
        if _exports("OTEL_METRICS_EXPORTER")
        else []
    )
    return SdkMeterProvider(metric_readers=readers, resource=resource)


def _exports(variable: str) -> bool:
    return os.environ.get(variable, "otlp").lower() != "none"
