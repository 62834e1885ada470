"""Counts of requests, runs, commands and tokens, in the text format of Prometheus."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from agent.record.events import (
    CommandFailed,
    CommandFinished,
    CommandStarted,
    Event,
    RunFinished,
    RunStarted,
    UsageReported,
)

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
RUN_SECONDS = (0.5, 1, 2, 5, 10, 30, 60, 300, 900)
"""The upper bounds of the histogram of run times."""

Labels = tuple[tuple[str, str], ...]


@dataclass
class Metrics:
    """Counts since the server started; an observer of its runs."""

    started_at: float = field(default_factory=time.time)
    requests: Counter[Labels] = field(default_factory=Counter[Labels])
    request_seconds: defaultdict[Labels, float] = field(
        default_factory=lambda: defaultdict[Labels, float](float)
    )
    runs: Counter[Labels] = field(default_factory=Counter[Labels])
    run_seconds: list[int] = field(default_factory=lambda: [0] * len(RUN_SECONDS))
    """How many runs took at most so long, by bound."""
    run_seconds_sum: float = 0.0
    run_count: int = 0
    commands: Counter[Labels] = field(default_factory=Counter[Labels])
    command_seconds: defaultdict[Labels, float] = field(
        default_factory=lambda: defaultdict[Labels, float](float)
    )
    tokens: Counter[Labels] = field(default_factory=Counter[Labels])
    _started_runs: dict[str, float] = field(default_factory=dict[str, float])
    _tools: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    """The tool of each running command, by run and path."""

    def on_event(self, run: str, event: Event) -> None:
        """Count an event of a run."""
        match event:
            case RunStarted():
                self._started_runs[run] = event.at
            case CommandStarted(path=path, tool=tool):
                self._tools[run, path] = tool
            case CommandFinished(tool=tool, seconds=seconds):
                state = "cached" if event.cached else "done"
                self.commands[_labels(tool=tool, state=state)] += 1
                self.command_seconds[_labels(tool=tool)] += seconds
            case CommandFailed(path=path):
                tool = self._tools.get((run, path), "")
                self.commands[_labels(tool=tool, state="failed")] += 1
            case UsageReported(input_tokens=read, output_tokens=written):
                self.tokens[_labels(direction="input")] += read
                self.tokens[_labels(direction="output")] += written
            case RunFinished(state=state):
                self.runs[_labels(state=state)] += 1
                if run in self._started_runs:
                    self._observe_seconds(event.at - self._started_runs[run])
            case _:
                pass

    def on_end(self, run: str) -> None:
        """Forget what was only needed while the run was in progress."""
        self._started_runs.pop(run, None)
        for key in [key for key in self._tools if key[0] == run]:
            del self._tools[key]

    def count_request(self, method: str, path: str, status: int, seconds: float) -> None:
        """Count a request by its route, so that ids do not make new series."""
        labels = _labels(method=method, path=path)
        self.requests[(*labels, ("status", str(status)))] += 1
        self.request_seconds[labels] += seconds

    def render(self, *, active: int, queued: int, resident_bytes: Mapping[str, int]) -> str:
        """Return all metrics in the text format."""
        models = {_labels(model=model): count for model, count in resident_bytes.items()}
        started: Mapping[Labels, float] = {(): self.started_at}
        running: Mapping[Labels, float] = {
            _labels(state="running"): active,
            _labels(state="queued"): queued,
        }
        lines = [
            *_series("start_time_seconds", "gauge", "When the server started.", started),
            *_series("http_requests_total", "counter", "Requests by route.", self.requests),
            *_series(
                "http_request_seconds_total", "counter", "Time of requests.", self.request_seconds
            ),
            *_series("active_runs", "gauge", "Runs that execute or wait for a slot.", running),
            *_series("runs_total", "counter", "Runs by their last state.", self.runs),
            *self._histogram(),
            *_series("commands_total", "counter", "Commands by tool and state.", self.commands),
            *_series(
                "command_seconds_total",
                "counter",
                "Time of commands by tool.",
                self.command_seconds,
            ),
            *_series(
                "language_model_tokens_total", "counter", "Tokens of language models.", self.tokens
            ),
            *_series("model_bytes", "gauge", "Memory of the loaded models.", models),
        ]
        return "\n".join(lines) + "\n"

    def _observe_seconds(self, seconds: float) -> None:
        self.run_count += 1
        self.run_seconds_sum += seconds
        for index, bound in enumerate(RUN_SECONDS):
            self.run_seconds[index] += seconds <= bound

    def _histogram(self) -> Iterable[str]:
        name = "batuta_run_seconds"
        yield f"# HELP {name} Time from the start of a run to its end."
        yield f"# TYPE {name} histogram"
        for bound, count in zip(RUN_SECONDS, self.run_seconds, strict=True):
            yield f'{name}_bucket{{le="{bound:g}"}} {count}'
        yield f'{name}_bucket{{le="+Inf"}} {self.run_count}'
        yield f"{name}_sum {self.run_seconds_sum:.3f}"
        yield f"{name}_count {self.run_count}"


class MetricsMiddleware:
    """Count requests with their status and time."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        start_time = time.monotonic()

        async def send_counted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_counted)
        finally:
            route: Any = scope.get("route")
            path = getattr(route, "path", "other")
            seconds = time.monotonic() - start_time
            self._metrics.count_request(scope["method"], path, status, seconds)


def _labels(**labels: str) -> Labels:
    return tuple(labels.items())


def _series(
    name: str, kind: str, description: str, values: Mapping[Labels, float]
) -> Iterable[str]:
    name = f"batuta_{name}"
    yield f"# HELP {name} {description}"
    yield f"# TYPE {name} {kind}"
    for labels, value in sorted(values.items()):
        text = ",".join(f'{label}="{_escape(content)}"' for label, content in labels)
        yield f"{name}{{{text}}} {_number(value)}" if text else f"{name} {_number(value)}"


def _escape(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    return str(value) if isinstance(value, int) else f"{value:.3f}"
