"""The instruments that count runs, calls of language models, commands and loads of models."""

from __future__ import annotations

from opentelemetry.metrics import MeterProvider

from agent.record.events import LanguageModelCalled
from agent.telemetry.attributes import (
    AGENT,
    AGENT_NAME,
    COMMAND_STATE,
    DEVICE,
    ERROR_TYPE,
    MODEL,
    OPERATION,
    RUN_STATE,
    TOKEN_TYPE,
    TOOL_NAME,
    Attributes,
    model_attributes,
)

# The boundaries that the conventions name.
_TOKEN_BOUNDARIES = [float(4**power) for power in range(14)]
_CALL_BOUNDARIES = [0.01 * 2**power for power in range(14)]
_TOOL_BOUNDARIES = _CALL_BOUNDARIES
_RUN_BOUNDARIES = [0.1 * 2**power for power in range(13)]
_LOAD_BOUNDARIES = _RUN_BOUNDARIES


class RunMetrics:
    """The metrics of all runs of this process."""

    def __init__(self, provider: MeterProvider) -> None:
        meter = provider.get_meter(AGENT)
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage",
            unit="{token}",
            description="Number of input and output tokens used.",
            explicit_bucket_boundaries_advisory=_TOKEN_BOUNDARIES,
        )
        self._call_seconds = meter.create_histogram(
            "gen_ai.client.operation.duration",
            unit="s",
            description="GenAI operation duration.",
            explicit_bucket_boundaries_advisory=_CALL_BOUNDARIES,
        )
        self._run_seconds = meter.create_histogram(
            "gen_ai.invoke_agent.duration",
            unit="s",
            description="Time from the start of a run to its end.",
            explicit_bucket_boundaries_advisory=_RUN_BOUNDARIES,
        )
        self._tool_seconds = meter.create_histogram(
            "gen_ai.execute_tool.duration",
            unit="s",
            description="Time of the commands that were executed.",
            explicit_bucket_boundaries_advisory=_TOOL_BOUNDARIES,
        )
        self._commands = meter.create_counter(
            "batuta.commands", unit="{command}", description="Commands by tool and state."
        )
        self._result_bytes = meter.create_counter(
            "batuta.result.size", unit="By", description="Stored media of results, by tool."
        )
        self._load_seconds = meter.create_histogram(
            "batuta.model.load.duration",
            unit="s",
            description="Time to load a model into memory.",
            explicit_bucket_boundaries_advisory=_LOAD_BOUNDARIES,
        )
        self._model_bytes = meter.create_up_down_counter(
            "batuta.model.memory.usage", unit="By", description="Memory of the loaded models."
        )

    def record_call(self, call: LanguageModelCalled) -> None:
        """Record a call of a language model."""
        attributes = {OPERATION: "chat", **model_attributes(call.model)}
        for direction, count in (("input", call.input_tokens), ("output", call.output_tokens)):
            if count:
                self._tokens.record(count, {**attributes, TOKEN_TYPE: direction})
        self._call_seconds.record(call.seconds, _with_error(attributes, call.error))

    def record_run(self, seconds: float, state: str, error: str) -> None:
        """Record a run that has ended."""
        attributes = {AGENT_NAME: AGENT, RUN_STATE: state}
        self._run_seconds.record(seconds, _with_error(attributes, error))

    def record_command(self, tool: str, state: str, seconds: float, error: str = "") -> None:
        """Record a command that has ended."""
        self._commands.add(1, {TOOL_NAME: tool, COMMAND_STATE: state})
        if state != "cached":
            self._tool_seconds.record(seconds, _with_error({TOOL_NAME: tool}, error))

    def record_result(self, tool: str, size: int) -> None:
        """Record the size of a new result."""
        self._result_bytes.add(size, {TOOL_NAME: tool})

    def record_load(self, model: str, device: str, seconds: float, error: str = "") -> None:
        """Record a load of a model that has ended."""
        self._load_seconds.record(seconds, _with_error({MODEL: model, DEVICE: device}, error))

    def record_memory(self, model: str, device: str, change: int) -> None:
        """Record how the memory of a model has changed."""
        self._model_bytes.add(change, {MODEL: model, DEVICE: device})


def _with_error(attributes: Attributes, error: str) -> Attributes:
    return {**attributes, ERROR_TYPE: error} if error else attributes
