"""What the environment turns on: exporters to a real collector, and the traces of clients."""

import logging
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from agent.telemetry.environment import ENDPOINT, telemetry_from_environment
from agent.telemetry.exporters import exporting_telemetry
from tests.agent.conftest import Try
from tests.agent.server.conftest import serve, server_home
from tests.agent.telemetry.collector import Collector, attributes_of, collect
from tests.agent.telemetry.test_run_telemetry import TWO_COMMANDS

__all__ = ["server_home"]

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Generator[Collector]:
    """A collector that the environment names."""
    with collect() as running_collector:
        monkeypatch.setenv(ENDPOINT, running_collector.url)
        exporting_telemetry.cache_clear()
        yield running_collector
        for provider in exporting_telemetry().providers:
            provider.shutdown()  # type: ignore[attr-defined]
        exporting_telemetry.cache_clear()


async def test_one_variable_exports_spans_and_metrics(attempt: Try, collector: Collector) -> None:
    await attempt.run("paint", TWO_COMMANDS)
    exporting_telemetry().flush()

    names = {span.span_id: span.name for span in collector.spans()}
    assert sorted(
        (span.name, names.get(span.parent_span_id, "")) for span in collector.spans()
    ) == [
        ("chat replies.txt", "plan batuta"),
        ("execute_tool paint", "invoke_agent batuta"),
        ("execute_tool redness", "invoke_agent batuta"),
        ("invoke_agent batuta", ""),
        ("plan batuta", "invoke_agent batuta"),
    ]
    assert collector.resource()["service.name"] == "batuta"
    metrics = collector.metrics()
    tokens = metrics["gen_ai.client.token.usage"]
    assert tokens.unit == "{token}"
    assert list(tokens.histogram.data_points[0].explicit_bounds)[:3] == [1, 4, 16]
    assert {
        attributes_of(list(point.attributes))["gen_ai.token.type"]
        for point in tokens.histogram.data_points
    } == {"input", "output"}
    commands = metrics["batuta.commands"].sum.data_points
    assert sum(point.as_int for point in commands) == 2


async def test_the_environment_names_the_service(
    attempt: Try, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "pictures")
    await attempt.run(plan='say("hello")')
    exporting_telemetry().flush()

    assert collector.resource()["service.name"] == "pictures"


async def test_content_is_exported_where_the_environment_asks_for_it(
    attempt: Try, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true")
    await attempt.run("my words", 'say("hello")')
    exporting_telemetry().flush()

    root, *_ = collector.spans()
    attributes = attributes_of(list(root.attributes))
    assert "my words" in attributes["gen_ai.input.messages"]


@pytest.mark.slow
@pytest.mark.parametrize("parent", [f"00-{TRACE}-{PARENT}-01", ""])
async def test_a_run_of_the_api_continues_the_trace_of_its_client(
    parent: str, server_home: Path, collector: Collector
) -> None:
    async with serve(server_home) as api:
        api.client.headers.update({"traceparent": parent} if parent else {})
        await api.run("paint")
    exporting_telemetry().flush()

    root, *others = collector.spans()
    assert root.name == "invoke_agent batuta"
    assert root.parent_span_id.hex() == (PARENT if parent else "")
    assert (root.trace_id.hex() == TRACE) == bool(parent)
    assert {span.trace_id for span in others} == {root.trace_id}


@pytest.mark.slow
def test_a_command_exports_before_it_ends(tmp_path: Path) -> None:
    with collect() as collector:
        result = run_hello(tmp_path, {ENDPOINT: collector.url})

    assert "hello" in result.stdout
    assert [span.name for span in collector.spans()] == ["invoke_agent batuta"]
    assert "gen_ai.invoke_agent.duration" in collector.metrics()


@pytest.mark.slow
def test_a_collector_that_does_not_answer_fails_no_run(tmp_path: Path) -> None:
    result = run_hello(
        tmp_path, {ENDPOINT: "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
    )

    assert result.returncode == 0
    assert "hello" in result.stdout


@pytest.mark.slow
def test_nothing_is_imported_when_telemetry_is_off(tmp_path: Path) -> None:
    result = run_hello(tmp_path, {})

    assert "imported: []" in result.stdout


def run_hello(home: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a plan in a process of its own and print what it imported of telemetry."""
    (home / "plan.txt").write_text('say("hello")')
    program = (
        "import sys\nfrom agent.cli.main import app\n"
        "try: app(['run', '--plan', 'plan.txt', '--profile', 'offline'])\n"
        "except SystemExit as end: code = end.code\n"
        "names = ('opentelemetry.exporter', 'agent.telemetry.run_telemetry')\n"
        "print('imported:', [name for name in names if name in sys.modules])\n"
        "sys.exit(code)"
    )
    own = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    root = Path(__file__).parents[3]
    return subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=home,
        env=own | {"BATUTA_HOME": str(home / "home"), "PYTHONPATH": str(root)} | environment,
    )


async def test_without_the_extra_a_warning_says_how_to_install_it(
    attempt: Try, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:9")
    monkeypatch.delitem(sys.modules, "agent.telemetry.exporters")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.metrics", None)

    followed = await attempt.run(plan='say("hello")')

    assert followed.outcome.answer == "hello"
    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert warning.getMessage() == (
        "runs are not exported, although OTEL_EXPORTER_OTLP_ENDPOINT is set: the package "
        "'opentelemetry' is not installed\nhint: pip install 'batuta[otel]'"
    )


@pytest.mark.parametrize(
    ("environment", "warning"),
    [
        ({}, ""),
        ({ENDPOINT: "http://127.0.0.1:9", "OTEL_SDK_DISABLED": "true"}, ""),
        (
            {ENDPOINT: "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc'",
        ),
    ],
)
def test_telemetry_is_off(
    environment: dict[str, str],
    warning: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert telemetry_from_environment() == ()
    assert warning in caplog.text
