"""Observe the events of all runs and export them as spans and metrics."""

from __future__ import annotations

import logging
import time
from importlib.metadata import version

from opentelemetry.context import Context
from opentelemetry.metrics import MeterProvider
from opentelemetry.sdk.metrics import MeterProvider as SdkMeterProvider
from opentelemetry.sdk.trace import TracerProvider as SdkTracerProvider
from opentelemetry.trace import SpanKind, StatusCode, TracerProvider

from agent.record.events import (
    Event,
    ModelEvicted,
    ModelLoaded,
    ModelLoadFailed,
    ModelLoading,
    RunFinished,
    RunResumed,
    RunStarted,
)
from agent.telemetry.attributes import AGENT, DEVICE, ERROR_TYPE, MODEL, MODEL_BYTES, OPERATION
from agent.telemetry.run_metrics import RunMetrics
from agent.telemetry.run_spans import OTHER_ERROR, RunSpans

log = logging.getLogger(__name__)

LOAD = "load_model"


class RunTelemetry:
    """An observer of runs that exports them; several agents may share it."""

    def __init__(
        self,
        tracer_provider: TracerProvider,
        meter_provider: MeterProvider,
        *,
        captures_content: bool = False,
    ) -> None:
        self._version = version("batuta")
        self.providers = tracer_provider, meter_provider
        self._tracer = tracer_provider.get_tracer(AGENT, self._version)
        self._metrics = RunMetrics(meter_provider)
        self._captures_content = captures_content
        self._runs: dict[str, RunSpans] = {}
        self._load_starts: dict[tuple[str, str], float] = {}

    def on_event(self, run: str, event: Event) -> None:
        """Record an event of a run, or of a model if the run is empty."""
        try:
            if run:
                self._on_run_event(run, event)
            else:
                self._on_model_event(event)
        except Exception:  # a run does not fail because it is observed
            log.exception("the event %s was not exported", type(event).__name__)

    def on_end(self, run: str) -> None:
        """End the spans of a run that has stopped, or that waits."""
        self._end(run, time.time())

    def flush(self) -> None:
        """Export what has been recorded so far."""
        for provider in self.providers:
            if isinstance(provider, SdkTracerProvider | SdkMeterProvider):
                provider.force_flush()

    def _on_run_event(self, run: str, event: Event) -> None:
        if isinstance(event, RunStarted | RunResumed):
            self._runs[run] = RunSpans(
                self._tracer,
                self._metrics,
                event,
                captures_content=self._captures_content,
                version=self._version,
            )
        elif spans := self._runs.get(run):
            spans.on_event(event)
            if isinstance(event, RunFinished):
                self._end(run, event.at)

    def _end(self, run: str, at: float) -> None:
        if spans := self._runs.pop(run, None):
            spans.end(at)

    def _on_model_event(self, event: Event) -> None:
        match event:
            case ModelLoading(model=model, device=device):
                self._load_starts[model, device] = event.at
            case ModelLoaded(model=model, device=device, bytes=size, seconds=seconds):
                self._load_starts.pop((model, device), None)
                self._add_load(model, device, event.at - seconds, event.at, size=size)
                self._metrics.record_memory(model, device, size)
            case ModelLoadFailed(model=model, device=device):
                start_time = self._load_starts.pop((model, device), event.at)
                self._add_load(model, device, start_time, event.at, error=OTHER_ERROR)
            case ModelEvicted(model=model, device=device, bytes=size):
                self._metrics.record_memory(model, device, -size)
            case _:
                pass

    def _add_load(
        self,
        model: str,
        device: str,
        start_time: float,
        end_time: float,
        *,
        size: int = 0,
        error: str = "",
    ) -> None:
        span = self._tracer.start_span(
            f"{LOAD} {model}",
            self._context_of_load(model),
            SpanKind.INTERNAL,
            {OPERATION: LOAD, MODEL: model, DEVICE: device},
            start_time=int(start_time * 1e9),
        )
        if size:
            span.set_attribute(MODEL_BYTES, size)
        if error:
            span.set_attribute(ERROR_TYPE, error)
            span.set_status(StatusCode.ERROR)
        span.end(int(end_time * 1e9))
        self._metrics.record_load(model, device, end_time - start_time, error)

    def _context_of_load(self, model: str) -> Context:
        """Return the context of the command that waits for a model.

        A model that is loaded ahead belongs to the only run, or to a trace of its own.
        """
        for spans in self._runs.values():
            if context := spans.context_of_model(model):
                return context
        if len(self._runs) == 1:
            return next(iter(self._runs.values())).context
        return Context()
