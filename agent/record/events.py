"""What happens during a run, as one stream that chat, command line, server, trace and tests read.

Every event is a frozen dataclass with plain fields, written as one line of JSON:

    {"event": "CommandFinished", "path": "2", "value": {"artifact": "ab34…", "kind": "image"}, …}
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from functools import cache
from typing import ClassVar

from pydantic import TypeAdapter

from agent.record.artifacts import Encoded
from agent.record.control_characters import json_text


@dataclass(frozen=True)
class Event:
    """Something that happened, and when (seconds since 1970)."""

    transient: ClassVar[bool] = False
    """Worth showing as it happens, not worth keeping in the trace."""

    at: float = field(default_factory=time.time, kw_only=True)


@dataclass(frozen=True)
class Named:
    """A value under the name a plan knows it by."""

    name: str
    value: Encoded


@dataclass(frozen=True)
class PlanStep:
    """One call of a plan as a person sees it, before it runs."""

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
    files: list[Named]
    profile: str
    language_model: str
    seed: int
    plan: str = ""
    """The plan that was given with the request, if it is not to be written."""
    ask_first: bool = False
    ask_if_costly: bool = False


@dataclass(frozen=True)
class RunResumed(Event):
    run: str
    finished_commands: int


@dataclass(frozen=True)
class PlanText(Event):
    """The next few characters of a plan that a language model is writing."""

    transient: ClassVar[bool] = True
    text: str


@dataclass(frozen=True)
class AnswerText(Event):
    """The next few characters of an answer that a language model is writing."""

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
    """What a plan will cost, as far as earlier runs tell."""

    seconds: float
    loads: list[str] = field(default_factory=list[str])
    """Models that are not in memory yet."""
    load_bytes: int = 0
    pull_bytes: int = 0
    """Weights that have to be fetched first."""
    unknown: list[str] = field(default_factory=list[str])
    """Tools that have never run here."""
    reasons: list[str] = field(default_factory=list[str])
    """Why a person is asked who did not want to be; empty if they did."""


@dataclass(frozen=True)
class ReviewAsked(Event):
    """The run waits: approve, edit or refuse the plan with `resume`."""

    plan: str
    estimate: Estimate | None = None


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
    """The digest of a first look at the result, if there is one."""


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
    shown: str
    seconds: float
    cached: bool


@dataclass(frozen=True)
class CommandFailed(Event):
    path: str
    name: str
    text: str
    line: int
    error: str
    kind: str = ""
    """The class of the error, as tools/errors.py names it."""


@dataclass(frozen=True)
class CommandSkipped(Event):
    path: str
    name: str
    text: str
    reason: str


@dataclass(frozen=True)
class Looked(Event):
    """What a joint model paid attention to while it answered: shares that add up to 1."""

    shares: dict[str, float]
    """Of each medium by its name, and of words."""
    things: dict[str, dict[str, float]]
    """Of what was seen in each picture, by its name."""
    words: str
    """The same for a person."""


@dataclass(frozen=True)
class WeightsPulled(Event):
    """Weights are being fetched: so many bytes of so many."""

    transient: ClassVar[bool] = True
    model: str
    source: str
    done_bytes: int
    total_bytes: int


@dataclass(frozen=True)
class ModelLoading(Event):
    model: str
    device: str
    bytes: int


@dataclass(frozen=True)
class ModelLoaded(Event):
    model: str
    device: str
    bytes: int
    seconds: float


@dataclass(frozen=True)
class ModelEvicted(Event):
    model: str
    device: str
    bytes: int
    reason: str


@dataclass(frozen=True)
class ModelLoadFailed(Event):
    model: str
    device: str
    error: str


@dataclass(frozen=True)
class Spent(Event):
    """What the run has cost so far."""

    seconds: float
    commands: int
    language_model_calls: int
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class Answered(Event):
    """The answer: its text, with `[name]` where a result stands, and those results."""

    text: str
    results: list[Named]


@dataclass(frozen=True)
class RunFinished(Event):
    """`state` is done, failed or stopped."""

    state: str
    error: str = ""


_EVENT_OF_NAME: dict[str, type[Event]] = {kind.__name__: kind for kind in Event.__subclasses__()}


def to_json(event: Event) -> str:
    """One line that `from_json` turns back into the event."""
    return json_text({"event": type(event).__name__, **asdict(event)})


def from_json(line: str) -> Event:
    """The event of that line; ValueError if the line is torn or of another program."""
    content = json.loads(line)
    kind = _EVENT_OF_NAME.get(content.pop("event", "")) if isinstance(content, dict) else None
    if kind is None:
        raise ValueError(f"no event this version knows: {line[:80]!r}")
    return _adapter(kind).validate_python(content)


@cache
def _adapter(kind: type[Event]) -> TypeAdapter[Event]:
    return TypeAdapter(kind)
