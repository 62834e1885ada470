"""The spans of one run: invoke_agent, with plan, chat and execute_tool below it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, set_span_in_context

from agent.record.events import (
    AnswerFinished,
    ClientCallsAsked,
    CommandFailed,
    CommandFinished,
    CommandRetried,
    CommandStarted,
    Event,
    LanguageModelCalled,
    ModelChosen,
    PlanAccepted,
    PlanRejected,
    ReviewAsked,
    RunFinished,
    RunResumed,
    RunStarted,
    UsageReported,
)
from agent.telemetry.attributes import (
    AGENT,
    AGENT_NAME,
    AGENT_VERSION,
    CALL_PURPOSE,
    COMMAND_STATE,
    COMMANDS,
    CONVERSATION,
    ERROR_TYPE,
    INPUT_MESSAGES,
    INPUT_TOKENS,
    LANGUAGE_MODEL_CALLS,
    MODEL,
    OPERATION,
    OUTPUT_MESSAGES,
    OUTPUT_TOKENS,
    PLAN_STEPS,
    PLAN_TEXT,
    PROBLEMS,
    PROFILE,
    REQUEST_MODEL,
    RESULT_BYTES,
    RETRY_RULE,
    RUN,
    RUN_STATE,
    SEED,
    SERVER_ADDRESS,
    TOOL_ARGUMENTS,
    TOOL_CALL,
    TOOL_NAME,
    TOOL_RESULT,
    TOOL_TYPE,
    Attributes,
    model_attributes,
)
from agent.telemetry.run_metrics import RunMetrics

CANCELLATIONS = ("CancelledError", "Cancelled", "GeneratorExit")
OTHER_ERROR = "_OTHER"
"""What the conventions call an error without a class."""


@dataclass
class _Command:
    """A command in progress."""

    span: Span
    tool: str
    start_time: float
    model: str = ""


class RunSpans:
    """The spans of one execution of a run; a run that is resumed has another one."""

    def __init__(
        self,
        tracer: Tracer,
        metrics: RunMetrics,
        start_event: RunStarted | RunResumed,
        *,
        captures_content: bool,
        version: str,
    ) -> None:
        self._tracer = tracer
        self._metrics = metrics
        self._captures_content = captures_content
        self._start_time = start_event.at
        self._state = "stopped"
        self._error = ""
        self._plan: Span | None = None
        self._commands: dict[str, _Command] = {}
        # The context of the caller is the parent: of a server its request, else an application's.
        self._root = tracer.start_span(
            f"invoke_agent {AGENT}",
            kind=SpanKind.INTERNAL,
            start_time=_nanoseconds(start_event.at),
            attributes={
                OPERATION: "invoke_agent",
                AGENT_NAME: AGENT,
                AGENT_VERSION: version,
                CONVERSATION: start_event.conversation,
                RUN: start_event.run,
                PROFILE: start_event.profile,
                **model_attributes(start_event.language_model),
            },
        )
        self.context = set_span_in_context(self._root, Context())
        """The context of spans below the run's."""
        if isinstance(start_event, RunStarted):
            self._root.set_attribute(SEED, start_event.seed)
            self._set_content(self._root, {INPUT_MESSAGES: _message("user", start_event.request)})

    def context_of_model(self, model: str) -> Context | None:
        """Return the context of the command that uses a model, if one is running."""
        for command in self._commands.values():
            if command.model == model:
                return set_span_in_context(command.span, Context())
        return None

    def on_event(self, event: Event) -> None:
        """Start, change or end the span that an event is about."""
        match event:
            case LanguageModelCalled():
                self._add_call(event)
            case PlanRejected():
                self._reject_plan(event)
            case PlanAccepted():
                self._accept_plan(event)
            case CommandStarted():
                self._start_command(event)
            case ModelChosen(path=path, model=model) if command := self._commands.get(path):
                command.model = model
                command.span.set_attribute(MODEL, model)
            case CommandRetried(path=path) if command := self._commands.get(path):
                attributes = {RETRY_RULE: event.rule}
                command.span.add_event("retry", attributes, timestamp=_nanoseconds(event.at))
            case CommandFinished():
                self._finish_command(event)
            case CommandFailed():
                self._fail_command(event)
            case AnswerFinished(text=text):
                self._set_content(self._root, {OUTPUT_MESSAGES: _message("assistant", text)})
            case UsageReported():
                self._add_usage(event)
            case ReviewAsked() | ClientCallsAsked():
                self._state = "waiting"
            case RunFinished(state=state, error=error):
                self._state = state
                if state == "failed":
                    self._error = self._error or OTHER_ERROR
                    self._mark_failed(self._root, self._error, error)
            case _:
                pass

    def end(self, at: float) -> None:
        """End the run's span, and what is still open below it."""
        if self._plan:
            if self._error:
                self._mark_failed(self._plan, self._error, "")
            self._plan.end(_nanoseconds(at))
        for command in self._commands.values():
            command.span.set_attribute(COMMAND_STATE, self._state)
            command.span.end(_nanoseconds(at))
        self._root.set_attribute(RUN_STATE, self._state)
        self._root.end(_nanoseconds(at))
        error = self._error if self._state == "failed" else ""
        self._metrics.record_run(at - self._start_time, self._state, error)

    def _add_call(self, call: LanguageModelCalled) -> None:
        attributes = model_attributes(call.model)
        start_time = _nanoseconds(call.at - call.seconds)
        if call.purpose == "plan" and self._plan is None:
            self._plan = self._start("plan", AGENT, start_time, {AGENT_NAME: AGENT}, self.context)
        parent = self._plan
        if command := self._commands.get(call.path):
            parent = command.span
        span = self._start(
            "chat",
            str(attributes[REQUEST_MODEL]),
            start_time,
            {
                **attributes,
                CALL_PURPOSE: call.purpose,
                INPUT_TOKENS: call.input_tokens,
                OUTPUT_TOKENS: call.output_tokens,
            },
            set_span_in_context(parent, Context()) if parent else self.context,
            SpanKind.CLIENT if SERVER_ADDRESS in attributes else SpanKind.INTERNAL,
        )
        if call.error and call.error not in CANCELLATIONS:
            self._error = call.error
            self._mark_failed(span, call.error, "")
        span.end(_nanoseconds(call.at))
        self._metrics.record_call(call)

    def _reject_plan(self, event: PlanRejected) -> None:
        self._error = "PlanError"
        if self._plan:
            attributes: dict[str, str | int] = {PROBLEMS: len(event.problems)}
            if self._captures_content:
                attributes |= {PLAN_TEXT: event.plan, "exception.message": str(event.problems)}
            self._plan.add_event("plan rejected", attributes, timestamp=_nanoseconds(event.at))

    def _accept_plan(self, event: PlanAccepted) -> None:
        self._error = ""
        if self._plan:
            self._plan.set_attribute(PLAN_STEPS, len(event.steps))
            self._set_content(self._plan, {PLAN_TEXT: event.plan})
            self._plan.end(_nanoseconds(event.at))
            self._plan = None

    def _start_command(self, event: CommandStarted) -> None:
        attributes = {TOOL_NAME: event.tool, TOOL_TYPE: "function", TOOL_CALL: event.path}
        start_time = _nanoseconds(event.at)
        span = self._start("execute_tool", event.tool, start_time, attributes, self.context)
        self._set_content(span, {TOOL_ARGUMENTS: event.text})
        self._commands[event.path] = _Command(span, event.tool, event.at)

    def _finish_command(self, event: CommandFinished) -> None:
        command = self._commands.pop(event.path, None)
        if command is None:  # a result of an earlier execution, or of the client's own tool
            return
        state = "cached" if event.cached else "done"
        command.span.set_attributes({COMMAND_STATE: state, RESULT_BYTES: event.bytes})
        self._set_content(command.span, {TOOL_RESULT: event.result_text})
        command.span.end(_nanoseconds(event.at))
        self._metrics.record_command(event.tool, state, event.at - command.start_time)
        if not event.cached:
            self._metrics.record_result(event.tool, event.bytes)

    def _fail_command(self, event: CommandFailed) -> None:
        self._error = event.kind or OTHER_ERROR
        command = self._commands.pop(event.path, None)
        if command is None:  # it failed before it started, or in an expression
            return
        command.span.set_attribute(COMMAND_STATE, "failed")
        self._mark_failed(command.span, self._error, event.error)
        command.span.end(_nanoseconds(event.at))
        seconds = event.at - command.start_time
        self._metrics.record_command(command.tool, "failed", seconds, self._error)

    def _add_usage(self, event: UsageReported) -> None:
        self._root.set_attributes(
            {
                INPUT_TOKENS: event.input_tokens,
                OUTPUT_TOKENS: event.output_tokens,
                COMMANDS: event.commands,
                LANGUAGE_MODEL_CALLS: event.language_model_calls,
            }
        )

    def _start(
        self,
        operation: str,
        subject: str,
        start_time: int,
        attributes: Attributes,
        parent: Context,
        kind: SpanKind = SpanKind.INTERNAL,
    ) -> Span:
        return self._tracer.start_span(
            f"{operation} {subject}".strip(),
            parent,
            kind,
            {OPERATION: operation, **attributes},
            start_time=start_time,
        )

    def _mark_failed(self, span: Span, error: str, message: str) -> None:
        """Mark a span as failed; its message may name files and values."""
        span.set_attribute(ERROR_TYPE, error)
        span.set_status(StatusCode.ERROR, (message or None) if self._captures_content else None)

    def _set_content(self, span: Span, attributes: Mapping[str, str]) -> None:
        if self._captures_content:
            span.set_attributes(attributes)


def _message(role: str, text: str) -> str:
    """Return messages in the form of the conventions, as JSON."""
    message = {"role": role, "parts": [{"type": "text", "content": text}]}
    if role == "assistant":
        message["finish_reason"] = "stop"
    return json.dumps([message], ensure_ascii=False)


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)
