"""The record of what the agent did with one sample.

It holds plain values only, so that scoring it again needs neither the agent nor a model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel

from agent.plan import format_value
from agent.record.artifacts import Encoded, references
from agent.record.events import (
    AnswerFinished,
    CommandFailed,
    CommandFinished,
    Event,
    PlanAccepted,
    PlanRejected,
    RunFinished,
    RunStarted,
    UsageReported,
)
from evals.harness.peak_memory import peak_bytes
from tools.media import Box, Boxes
from tools.sdk.plan_types import Value

KEY = "attempt"
"""The key of the attempt in a sample's store."""

Decode = Callable[[Encoded], Value]


class DetectedBox(BaseModel):
    """A detected box."""

    left: float
    top: float
    right: float
    bottom: float
    label: str


class FinishedCommand(BaseModel):
    """A finished command."""

    name: str
    tool: str
    shown: str
    seconds: float
    boxes: list[DetectedBox] | None = None
    """The result, if it consists of boxes."""


class FailedCommand(BaseModel):
    """A failed command; `kind` is the class of its error."""

    text: str
    error: str
    kind: str


class MediaResult(BaseModel):
    """A media result of the answer, by digest in the artifact store."""

    name: str
    digest: str


class Spending(BaseModel):
    """The cost of an attempt."""

    seconds: float = 0.0
    language_model_calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    peak_bytes: int = 0
    """Peak resident memory of the whole process."""


class AnsweredTurn(BaseModel):
    """An earlier request of the conversation, and its plan and answer."""

    request: str
    plan: str = ""
    answer: str = ""


class Attempt(BaseModel):
    """The plan, results, failures and cost of one request."""

    run: str = ""
    language_model: str = ""
    """The planner's language model, as provider:model."""
    plan: str = ""
    """The last accepted plan."""
    rejected: list[str] = []
    """Problems of the rejected plans."""
    commands: list[FinishedCommand] = []
    failures: list[FailedCommand] = []
    answer: str = ""
    results: list[MediaResult] = []
    earlier: list[AnsweredTurn] = []
    """The turns before the one that is judged."""
    state: str = "stopped"
    """The final state of the run: done, failed or stopped."""
    error: str = ""
    spent: Spending = Spending()


@dataclass
class Recorder:
    """Build an attempt from the events of a run."""

    decode: Decode

    def __post_init__(self) -> None:
        self.attempt = Attempt()

    def record(self, event: Event) -> None:
        attempt = self.attempt
        match event:
            case RunStarted(run=run, language_model=language_model):
                attempt.run, attempt.language_model = run, language_model
            case PlanRejected(problems=problems):
                attempt.rejected += problems
            case PlanAccepted(plan=plan):
                attempt.plan = plan
            case CommandFinished():
                attempt.commands.append(self._command(event))
            case CommandFailed(text=text, error=error, kind=kind):
                attempt.failures.append(FailedCommand(text=text, error=error, kind=kind))
            case AnswerFinished(text=text, results=results):
                attempt.answer = text
                attempt.results = [
                    MediaResult(name=result.name, digest=digest)
                    for result in results
                    for digest in references(result.value)
                ]
            case UsageReported():
                attempt.spent = Spending(
                    seconds=event.seconds,
                    language_model_calls=event.language_model_calls,
                    input_tokens=event.input_tokens,
                    output_tokens=event.output_tokens,
                    peak_bytes=peak_bytes(),
                )
            case RunFinished(state=state, error=error):
                attempt.state, attempt.error = state, error
            case _:
                pass

    def _command(self, event: CommandFinished) -> FinishedCommand:
        value = self.decode(event.value)
        boxes: list[DetectedBox] | None = None
        if isinstance(value, Box | Boxes):
            detections = value if isinstance(value, Boxes) else Boxes((value,))
            boxes = [
                DetectedBox(
                    left=box.left, top=box.top, right=box.right, bottom=box.bottom, label=box.label
                )
                for box in detections
            ]
        return FinishedCommand(
            name=event.name,
            tool=event.tool,
            shown=format_value(value),
            seconds=event.seconds,
            boxes=boxes,
        )
