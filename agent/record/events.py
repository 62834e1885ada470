"""The events of a run.

Chat, command line, server, trace and tests read the same stream.
Every event is a frozen dataclass with plain fields, written as one line of JSON:

    {"event": "CommandFinished", "path": "2", "value": {"artifact": "ab34…", "kind": "image"}, …}
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import ClassVar, Literal, Protocol

from pydantic import TypeAdapter

from agent.record.artifacts import Encoded
from agent.record.control_characters import json_text
from agent.record.earlier_names import current_event
from tools.errors import BatutaError
from tools.models.residency.model_events import ModelEvicted as ModelEvicted
from tools.models.residency.model_events import ModelLoaded as ModelLoaded
from tools.models.residency.model_events import ModelLoadFailed as ModelLoadFailed
from tools.models.residency.model_events import ModelLoading as ModelLoading
from tools.sdk.event import Event

NOT_DONE = "This could not be done:"
"""The line of an answer before the list of failures."""


@dataclass(frozen=True)
class NamedValue:
    """A value and its name in plans."""

    name: str
    value: Encoded


@dataclass(frozen=True)
class PlanStep:
    """One call of a plan, as it is shown before it runs."""

    path: str
    name: str
    tool: str
    text: str
    line: int
    needs: list[str] = field(default_factory=list[str])


@dataclass(frozen=True)
class RunStarted(Event):
    run: str
    conversation: str
    request: str
    files: list[NamedValue]
    profile: str
    language_model: str
    seed: int
    plan: str = ""
    """The plan to run instead of one that the planner writes."""
    ask_first: bool = False
    ask_if_costly: bool = False


@dataclass(frozen=True)
class FileReduced(Event):
    """A sentence that says how a large file was reduced when it was opened."""

    text: str


@dataclass(frozen=True)
class RunResumed(Event):
    run: str
    finished_commands: int
    conversation: str = ""
    profile: str = ""
    language_model: str = ""


@dataclass(frozen=True)
class PlanText(Event):
    """The next characters of a plan, while the language model writes it."""

    transient: ClassVar[bool] = True
    text: str


@dataclass(frozen=True)
class AnswerText(Event):
    """The next characters of an answer, while the language model writes it."""

    transient: ClassVar[bool] = True
    text: str


@dataclass(frozen=True)
class PlanRejected(Event):
    plan: str
    problems: list[str]


@dataclass(frozen=True)
class PlanAccepted(Event):
    attempt: int
    plan: str
    steps: list[PlanStep]


@dataclass(frozen=True)
class Estimate:
    """The cost of a plan, estimated from earlier runs."""

    seconds: float
    loads: list[str] = field(default_factory=list[str])
    """Models that have to be loaded."""
    load_bytes: int = 0
    pull_bytes: int = 0
    """Size of the weights that have to be downloaded."""
    unknown: list[str] = field(default_factory=list[str])
    """Tools without earlier runs to estimate from."""
    reasons: list[str] = field(default_factory=list[str])
    """Why the plan needs approval that the person did not ask for."""


@dataclass(frozen=True)
class ReviewAsked(Event):
    """The run waits for a decision on its plan: see `AgentRuntime.resume`."""

    plan: str
    estimate: Estimate | None = None


@dataclass(frozen=True)
class ClientCall:
    """A call of a tool that the client runs."""

    path: str
    name: str
    tool: str
    text: str
    attempt: int
    arguments: dict[str, Encoded]


@dataclass(frozen=True)
class ClientCallsAsked(Event):
    """The run waits for the results of the client's tools: see `AgentRuntime.resume`."""

    calls: list[ClientCall]


@dataclass(frozen=True)
class CommandStarted(Event):
    path: str
    name: str
    tool: str
    text: str
    line: int


@dataclass(frozen=True)
class ModelChosen(Event):
    path: str
    model: str
    reason: str


@dataclass(frozen=True)
class CommandProgress(Event):
    transient: ClassVar[bool] = True
    path: str
    fraction: float
    message: str
    preview: str = ""
    """The digest of a preview of the result, if there is one."""


@dataclass(frozen=True)
class CommandRetried(Event):
    path: str
    rule: str
    error: str


@dataclass(frozen=True)
class CommandFinished(Event):
    attempt: int
    path: str
    name: str
    tool: str
    value: Encoded
    result_text: str
    seconds: float
    cached: bool
    bytes: int = 0
    """The size of the stored media of the result."""


@dataclass(frozen=True)
class CommandFailed(Event):
    path: str
    name: str
    text: str
    line: int
    error: str
    kind: str = ""
    """The class name of the error, see tools/errors.py."""
    page_hint: str = ""
    """The hint for people without a command line."""

    @classmethod
    def from_error(
        cls, path: str, name: str, text: str, line: int, error: BatutaError
    ) -> CommandFailed:
        kind = type(error).__name__
        return cls(path, name, text, line, str(error), kind, error.page_hint)


@dataclass(frozen=True)
class CommandSkipped(Event):
    path: str
    name: str
    text: str
    reason: str


@dataclass(frozen=True)
class AttentionShown(Event):
    """Attention of a joint model, as shares that add up to 1."""

    shares: dict[str, float]
    """The share of each medium by its name, and of words."""
    objects: dict[str, dict[str, float]]
    """The shares of the objects in each image, by the name of the image."""
    description: str
    """The shares as a sentence."""


@dataclass(frozen=True)
class WeightsPulled(Event):
    """Progress of downloading the weights of a model."""

    transient: ClassVar[bool] = True
    model: str
    source: str
    done_bytes: int
    total_bytes: int


CallPurpose = Literal["plan", "answer", "write"]
"""What a language model is called for; `write` is a text that a tool needs."""


@dataclass(frozen=True)
class LanguageModelCalled(Event):
    """What one call of a language model cost, once it has ended."""

    transient: ClassVar[bool] = True
    model: str
    purpose: CallPurpose
    seconds: float
    input_tokens: int
    output_tokens: int
    path: str = ""
    """The command that it was called for, if any."""
    error: str = ""
    """The class name of the error that ended it, if any."""


@dataclass(frozen=True)
class UsageReported(Event):
    """The cost of the run so far."""

    seconds: float
    commands: int
    language_model_calls: int
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class AnswerFinished(Event):
    """The answer: text with `[name]` for each result, and the results."""

    text: str
    results: list[NamedValue]
    source: str = ""
    """The name of the file whose words are the whole answer, if so."""
    failures: list[str] = field(default_factory=list[str])
    """What could not be done: the text ends with the list of it."""

    @property
    def text_without_failures(self) -> str:
        return self.text.removesuffix(failure_list(self.failures).rstrip()).strip()


def failure_list(failures: Sequence[str]) -> str:
    """Return the end of an answer that says what could not be done."""
    return "\n".join([NOT_DONE, *failures]) if failures else ""


@dataclass(frozen=True)
class RunFinished(Event):
    """`state` is done, failed or stopped."""

    state: str
    error: str = ""
    page_hint: str = ""


class RunObserver(Protocol):
    """Receives the events of all runs; its methods must not raise."""

    def on_event(self, run: str, event: Event) -> None: ...

    def on_end(self, run: str) -> None: ...


_EVENT_OF_NAME: dict[str, type[Event]] = {kind.__name__: kind for kind in Event.__subclasses__()}


def to_json(event: Event) -> str:
    """Serialize an event as one line of JSON."""
    return json_text({"event": type(event).__name__, **asdict(event)})


def from_json(line: str) -> Event:
    """Parse a line of `to_json`; ValueError if it is no event."""
    content = json.loads(line)
    event = current_event(content) if isinstance(content, dict) else {}
    kind = _EVENT_OF_NAME.get(event.pop("event", ""))
    if kind is None:
        raise ValueError(f"no event this version knows: {line[:80]!r}")
    return _adapter(kind).validate_python(event)


@cache
def _adapter(kind: type[Event]) -> TypeAdapter[Event]:
    return TypeAdapter(kind)
