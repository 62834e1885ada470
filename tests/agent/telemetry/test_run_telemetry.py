"""Runs as spans and metrics: their tree, their errors, and what they keep to themselves."""

import asyncio
import json
import sys
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

import PIL.Image
import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from agent.record.events import CommandProgress, RunStarted
from agent.runtime.agent_runtime import AgentRuntime, Decision, Settings
from agent.telemetry.attributes import model_attributes
from agent.telemetry.run_telemetry import RunTelemetry
from tests.agent.conftest import SLOW_TOOLS, Try

TWO_COMMANDS = 'red = paint(200, ms=1)\nn = redness(red, ms=1)\nsay("It is {n}.")'


@dataclass
class Recorded:
    """A telemetry that keeps its spans and metrics in memory."""

    telemetry: RunTelemetry
    provider: TracerProvider
    exporter: InMemorySpanExporter
    reader: InMemoryMetricReader

    def spans(self) -> list[ReadableSpan]:
        return sorted(self.exporter.get_finished_spans(), key=lambda span: span.start_time or 0)

    def span(self, name: str) -> ReadableSpan:
        (span,) = [span for span in self.spans() if span.name == name]
        return span

    def tree(self) -> list[tuple[str, str]]:
        """The name of each span with the name of its parent, ordered."""
        names = {span.context.span_id: span.name for span in self.spans()}
        return sorted(
            (span.name, names[span.parent.span_id] if span.parent else "") for span in self.spans()
        )

    def points(self, metric_name: str) -> dict[str, float]:
        """The sum of each point of a metric, by its attributes."""
        data = json.loads(self.reader.get_metrics_data().to_json())
        return {
            " ".join(map(str, dict(sorted(point["attributes"].items())).values())): point.get(
                "sum", point.get("value")
            )
            for resource in data["resource_metrics"]
            for scope in resource["scope_metrics"]
            for metric in scope["metrics"]
            if metric["name"] == metric_name
            for point in metric["data"]["data_points"]
        }

    def exported_text(self) -> str:
        """Everything that would leave the process."""
        spans = [span.to_json() for span in self.spans()]
        return "\n".join([*spans, self.reader.get_metrics_data().to_json()])


def record(*, captures_content: bool = False) -> Recorded:
    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    meters = MeterProvider([reader], shutdown_on_exit=False)
    telemetry = RunTelemetry(provider, meters, captures_content=captures_content)
    return Recorded(telemetry, provider, exporter, reader)


@pytest.fixture
def recorded(attempt: Try) -> Recorded:
    recorded = record()
    attempt.observers = (recorded.telemetry,)
    return recorded


async def test_a_run_is_a_tree_of_its_plan_its_calls_and_its_commands(
    attempt: Try, recorded: Recorded
) -> None:
    followed = await attempt.run("paint", TWO_COMMANDS)

    assert recorded.tree() == [
        ("chat replies.txt", "plan batuta"),
        ("execute_tool paint", "invoke_agent batuta"),
        ("execute_tool redness", "invoke_agent batuta"),
        ("invoke_agent batuta", ""),
        ("plan batuta", "invoke_agent batuta"),
    ]
    root = recorded.span("invoke_agent batuta")
    assert root.attributes
    assert root.kind is SpanKind.INTERNAL
    assert root.status.status_code is StatusCode.UNSET
    assert root.attributes["gen_ai.operation.name"] == "invoke_agent"
    assert root.attributes["gen_ai.provider.name"] == "scripted"
    assert root.attributes["gen_ai.conversation.id"] == followed.outcome.run
    assert root.attributes["batuta.run.id"] == followed.outcome.run
    assert root.attributes["batuta.run.state"] == "done"
    assert root.attributes["batuta.commands"] == 2
    chat = recorded.span("chat replies.txt").attributes
    assert chat
    assert chat["gen_ai.usage.output_tokens"] == root.attributes["gen_ai.usage.output_tokens"]
    assert chat["gen_ai.usage.input_tokens"] == root.attributes["gen_ai.usage.input_tokens"]
    plan = recorded.span("plan batuta").attributes
    assert plan
    assert plan["batuta.plan.steps"] == 2


async def test_spans_lie_within_their_parents_and_commands_have_their_seconds_and_bytes(
    attempt: Try, recorded: Recorded
) -> None:
    await attempt.run(plan='red = paint(200, ms=30)\nsay("{red}")')

    root, paint = recorded.span("invoke_agent batuta"), recorded.span("execute_tool paint")
    assert root.start_time and root.end_time and paint.start_time and paint.end_time
    assert root.start_time <= paint.start_time
    assert paint.end_time <= root.end_time
    assert paint.end_time - paint.start_time >= 30_000_000
    assert paint.attributes
    assert paint.attributes["gen_ai.tool.name"] == "paint"
    assert paint.attributes["gen_ai.tool.type"] == "function"
    assert paint.attributes["gen_ai.tool.call.id"] == "1"
    assert paint.attributes["batuta.command.state"] == "done"
    size = paint.attributes["batuta.result.bytes"]
    assert size == next((attempt.home / "artifacts").rglob("*.png")).stat().st_size
    assert recorded.points("batuta.result.size") == {"paint": size}


async def test_a_given_plan_has_no_plan_span(attempt: Try, recorded: Recorded) -> None:
    await attempt.run(plan='say("hello")')

    assert recorded.tree() == [("invoke_agent batuta", "")]


async def test_a_plan_that_is_repaired_has_both_calls_and_the_rejection(
    attempt: Try, recorded: Recorded
) -> None:
    await attempt.run("paint", "red = nothing()", 'say("hello")')

    calls = [name for name, parent in recorded.tree() if parent == "plan batuta"]
    assert calls == ["chat replies.txt", "chat replies.txt"]
    plan = recorded.span("plan batuta")
    (rejection,) = plan.events
    assert (rejection.name, dict(rejection.attributes or {})) == (
        "plan rejected",
        {"batuta.plan.problems": 1},
    )
    assert plan.status.status_code is StatusCode.UNSET


async def test_a_run_without_a_valid_plan_is_an_error(attempt: Try, recorded: Recorded) -> None:
    followed = await attempt.run("paint", *["red = nothing()"] * 3)

    assert followed.outcome.state == "failed"
    for name in ("plan batuta", "invoke_agent batuta"):
        span = recorded.span(name)
        assert span.status.status_code is StatusCode.ERROR
        assert span.attributes
        assert span.attributes["error.type"] == "PlanError"


async def test_a_language_model_that_fails_is_an_error_of_its_call(
    attempt: Try, recorded: Recorded
) -> None:
    await attempt.run("paint", "when: never asked\nsay(1)")

    chat = recorded.span("chat replies.txt")
    assert chat.status.status_code is StatusCode.ERROR
    assert chat.attributes
    assert chat.attributes["error.type"] == "LanguageModelError"
    (seconds,) = [
        value
        for attributes, value in recorded.points("gen_ai.client.operation.duration").items()
        if "LanguageModelError" in attributes
    ]
    assert seconds >= 0


async def test_a_command_that_fails_is_an_error_with_its_class_and_without_its_message(
    attempt: Try, recorded: Recorded
) -> None:
    await attempt.run(plan='bad = refuse("my secret")\nsay(bad)')

    for name in ("execute_tool refuse", "invoke_agent batuta"):
        span = recorded.span(name)
        assert (span.status.status_code, span.status.description) == (StatusCode.ERROR, None)
        assert span.attributes
        assert span.attributes["error.type"] == "BadArgument"
    assert recorded.points("batuta.commands") == {"failed refuse": 1}


async def test_retries_are_events_of_the_command(attempt: Try, recorded: Recorded) -> None:
    await attempt.run(plan="n = flicker(1)")

    (retry,) = recorded.span("execute_tool flicker").events
    assert dict(retry.attributes or {}) == {"batuta.retry.rule": "retry"}


async def test_a_text_that_a_tool_needs_is_a_call_of_its_command(
    attempt: Try, recorded: Recorded
) -> None:
    followed = await attempt.run(
        "summarize", 's = summarize("a long text")\nsay(s)', "A text, in short."
    )

    assert followed.outcome.answer == "A text, in short."
    assert ("chat replies.txt", "execute_tool summarize") in recorded.tree()
    purposes = [
        span.attributes["batuta.call.purpose"]
        for span in recorded.spans()
        if span.attributes and span.name == "chat replies.txt"
    ]
    assert purposes == ["plan", "write"]


async def test_nothing_of_what_people_wrote_is_exported_by_default(
    attempt: Try, recorded: Recorded, tmp_path: Path
) -> None:
    await converse_in_secret(attempt, tmp_path)

    exported = recorded.exported_text()
    assert "execute_tool echo" in exported
    assert "secret" not in exported.lower()
    assert str(tmp_path) not in exported


async def test_requests_plans_values_and_errors_are_exported_where_that_is_asked_for(
    attempt: Try, tmp_path: Path
) -> None:
    recorded = record(captures_content=True)
    attempt.observers = (recorded.telemetry,)
    await converse_in_secret(attempt, tmp_path)

    root, *_ = recorded.spans()
    assert root.attributes
    assert json.loads(str(root.attributes["gen_ai.input.messages"])) == [
        {"role": "user", "parts": [{"type": "text", "content": "a secret request"}]}
    ]
    (answer,) = json.loads(str(root.attributes["gen_ai.output.messages"]))
    assert (answer["role"], answer["finish_reason"]) == ("assistant", "stop")
    assert "a secret value" in answer["parts"][0]["content"]
    echo = recorded.span("execute_tool echo").attributes
    assert echo
    assert echo["gen_ai.tool.call.arguments"] == 'echo("a secret value", ms=1)'
    assert "a secret value" in str(echo["gen_ai.tool.call.result"])
    plan = recorded.span("plan batuta").attributes
    assert plan
    assert "secret value" in str(plan["batuta.plan.text"])
    crashed = recorded.span("execute_tool crash").status.description
    assert crashed
    assert "a secret text" in crashed


async def converse_in_secret(attempt: Try, folder: Path) -> None:
    """A run with a request, a file, a plan, values, an answer and an error, all secret."""
    file = folder / "secret.png"
    PIL.Image.new("RGB", (8, 8)).save(file)
    plan = (
        'word = echo("a secret value", ms=1)\n'
        "n = redness(image1, ms=1)\n"
        'bad = crash("a secret text")\n'
        'say("{word} {n}")\nsay("{bad}")'
    )
    bad_plan = 'secret = nothing("a secret plan")'
    await attempt.run("a secret request", bad_plan, plan, files=(file,))


async def test_a_run_that_waits_and_the_one_that_goes_on_have_the_same_id(
    attempt: Try, recorded: Recorded
) -> None:
    waiting = await attempt.run(plan='say("hello")', ask_first=True)
    await attempt.resume(waiting.outcome.run, Decision("approve"))

    states = [
        (span.attributes["batuta.run.id"], span.attributes["batuta.run.state"])
        for span in recorded.spans()
        if span.attributes
    ]
    assert states == [(waiting.outcome.run, "waiting"), (waiting.outcome.run, "done")]


async def test_a_run_that_is_stopped_is_no_error(attempt: Try, recorded: Recorded) -> None:
    settings = Settings(tool_files=(SLOW_TOOLS,), observers=attempt.observers)
    async with (
        AgentRuntime.open(settings) as agent,
        aclosing(agent.run("go", plan="n = count_up(ms=60000)")) as events,
    ):
        async for event in events:
            if isinstance(event, CommandProgress):
                break

    for name in ("invoke_agent batuta", "execute_tool count_up"):
        assert recorded.span(name).status.status_code is StatusCode.UNSET
    root = recorded.span("invoke_agent batuta").attributes
    assert root
    assert root["batuta.run.state"] == "stopped"


async def test_the_span_of_the_application_is_the_parent(attempt: Try, recorded: Recorded) -> None:
    tracer = recorded.provider.get_tracer("application")
    with tracer.start_as_current_span("application"):
        await attempt.run(plan='say("hello")')

    assert ("invoke_agent batuta", "application") in recorded.tree()


async def test_runs_at_the_same_time_keep_their_commands_apart(
    attempt: Try, recorded: Recorded
) -> None:
    settings = Settings(tool_files=(SLOW_TOOLS,), observers=attempt.observers)

    async def run(word: str) -> None:
        async for _ in agent.run("go", plan=f'a = echo("{word}", ms=20)\nb = echo(a, ms=20)'):
            pass

    async with AgentRuntime.open(settings) as agent:
        await asyncio.gather(run("x"), run("y"))

    traces = [span.context.trace_id for span in recorded.spans()]
    assert sorted(map(traces.count, set(traces))) == [3, 3]


async def test_tokens_seconds_and_commands_are_metrics(attempt: Try, recorded: Recorded) -> None:
    await attempt.run("paint", TWO_COMMANDS)
    await attempt.run("paint", TWO_COMMANDS)

    assert recorded.points("batuta.commands") == {
        "done paint": 1,
        "done redness": 1,
        "cached paint": 1,
        "cached redness": 1,
    }
    tokens = recorded.points("gen_ai.client.token.usage")
    # Attributes in order: operation, provider, model, type of token.
    assert set(tokens) == {
        "chat scripted replies.txt input",
        "chat scripted replies.txt output",
    }
    outputs = [
        span.attributes["gen_ai.usage.output_tokens"]
        for span in recorded.spans()
        if span.attributes and span.name == "chat replies.txt"
    ]
    assert tokens["chat scripted replies.txt output"] == sum(map(int, map(str, outputs)))
    assert recorded.points("gen_ai.invoke_agent.duration")["done batuta"] > 0
    assert set(recorded.points("gen_ai.execute_tool.duration")) == {"paint", "redness"}


def test_an_event_that_cannot_be_exported_does_not_fail_the_run(
    caplog: pytest.LogCaptureFixture,
) -> None:
    recorded = record()
    event = RunStarted("run", "talk", "go", [], "offline", "scripted:x", 0)

    recorded.telemetry.on_event("run", replace(event, language_model=None))  # type: ignore[arg-type]
    recorded.telemetry.on_end("run")

    assert recorded.spans() == []
    assert "RunStarted was not exported" in caplog.text


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("local:qwen2.5-coder-1.5b", ("llama.cpp", "qwen2.5-coder-1.5b", None, None)),
        ("local:/home/ann/models/mine.gguf", ("llama.cpp", "mine.gguf", None, None)),
        ("hf:org/name", ("transformers", "org/name", None, None)),
        ("hf:~/checkpoints/mine", ("transformers", "mine", None, None)),
        ("openai:gpt", ("openai", "gpt", None, None)),
        ("openai:m@http://ann:key@host:8000/v1?grammar=vllm", ("openai", "m", "host", 8000)),
        ("openai:m@https://host/v1", ("openai", "m", "host", 443)),
        ("joint:sprites", ("batuta", "sprites", None, None)),
    ],
)
def test_a_language_model_is_named_without_folders_and_keys(
    name: str, expected: tuple[str, str, str | None, int | None]
) -> None:
    attributes = model_attributes(name)

    keys = ("gen_ai.provider.name", "gen_ai.request.model", "server.address", "server.port")
    assert tuple(attributes.get(key) for key in keys) == expected


MODELS = """
from tools import Model

class Held(Model):
    def __init__(self, dtype):
        self.dtype = dtype

    @classmethod
    def load(cls, files, settings, device):
        if settings.get("dtype") == "float32":
            raise MemoryError("there are no 4 GB left")
        return cls(settings["dtype"])
"""
TOOL = '''
from held_models import Held
from tools import tool

@tool
def hold(model: Held) -> str:
    """Say in which numbers the model is held.

    >>> numbers = hold()
    """
    return model.dtype
'''
CARD = """
[[model]]
id = "hold/one"
tools = ["hold"]
adapter = "held_models:Held"
licence = "MIT"
commercial_use = true
quality = 1
quality_source = "how it was written"
limitations = "do more"
repositories = [{{ sources = ["file:{folder}"], files = ["*.json"], bytes = 2 }}]
[[model.variants]]
dtype = "float32"
memory_bytes = 4000
[[model.variants]]
dtype = "bfloat16"
memory_bytes = 2000
"""


@pytest.fixture
def model_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A profile with a model that does not fit in its larger form."""
    monkeypatch.setenv("BATUTA_HOME", str(tmp_path))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "held_models", raising=False)
    for folder in ("weights", "tiny", "catalogue", "profiles"):
        (tmp_path / folder).mkdir()
    (tmp_path / "held_models.py").write_text(MODELS)
    (tmp_path / "tool.py").write_text(TOOL)
    (tmp_path / "tiny" / "config.json").write_text("{}")
    (tmp_path / "catalogue" / "hold.toml").write_text(CARD.format(folder=tmp_path / "tiny"))
    (tmp_path / "profiles" / "mine.toml").write_text(
        'summary = "mine"\nmemory = 9000\nlanguage_model = "scripted:x"\n'
        '[models]\nhold = ["hold/one"]\n'
    )
    (tmp_path / "replies.txt").write_text("")
    return Settings(
        profile="mine",
        language_model=f"scripted:{tmp_path / 'replies.txt'}",
        tool_files=(tmp_path / "tool.py",),
    )


async def test_loads_of_models_belong_to_the_command_that_waits_for_them(
    model_settings: Settings,
) -> None:
    recorded = record()
    settings = replace(model_settings, observers=(recorded.telemetry,))
    async with AgentRuntime.open(settings) as agent:
        async for _ in agent.run("go", plan='how = hold()\nsay("{how}")'):
            pass
        resident = recorded.points("batuta.model.memory.usage")

    loads = [span for span in recorded.spans() if span.name.startswith("load_model hold/one")]
    failed, loaded = loads[0], loads[-1]
    hold = recorded.span("execute_tool hold")
    assert {span.parent.span_id for span in loads if span.parent} == {hold.context.span_id}
    assert failed.status.status_code is StatusCode.ERROR
    assert loaded.status.status_code is StatusCode.UNSET
    assert loaded.attributes
    assert loaded.attributes["batuta.device"] == "cpu"
    size = loaded.attributes["batuta.model.bytes"]
    assert list(resident.values()) == [size]
    # Closing the agent evicts it.
    assert list(recorded.points("batuta.model.memory.usage").values()) == [0]
    assert all(value >= 0 for value in recorded.points("batuta.model.load.duration").values())
