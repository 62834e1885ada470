"""Define the calls that a running plan makes, and its results."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from agent.plan.value_text import format_value
from tools.errors import BatutaError
from tools.media import Media
from tools.sdk.plan_types import Value
from tools.sdk.typed_function import TypedFunction


@dataclass(frozen=True)
class CallSite:
    """One call to execute, with every argument by name."""

    path: str
    """Its position in the plan, with item numbers: the same in every run of the plan."""
    tool: TypedFunction[..., Any]
    pin: str
    arguments: dict[str, Value]
    """All parameters; `seed` only if the plan sets it."""
    line: int
    text: str
    name: str
    """The name that its result is assigned to, if it is the whole value."""
    occurrence: int
    """Differs between calls with the same text, so that drawing twice gives two images."""
    format_result: Callable[[Value], str] = format_value
    """Formats its result as text."""


ExecuteCall = Callable[[CallSite], Awaitable[Value]]


@dataclass(frozen=True)
class StepFailure:
    """A step that failed."""

    path: str
    name: str
    line: int
    text: str
    error: BatutaError


@dataclass(frozen=True)
class SkippedStep:
    """A step that did not run because an input is missing."""

    path: str
    name: str
    line: int
    text: str
    reason: str


@dataclass(frozen=True)
class MediaSegment:
    """Media within a message, with their name in the plan."""

    name: str
    value: Media


Message = tuple[str | MediaSegment, ...]


@dataclass(frozen=True)
class Interpretation:
    """The result of running a plan."""

    values: dict[str, Value]
    failures: tuple[StepFailure, ...]
    skipped: tuple[SkippedStep, ...]
    messages: tuple[Message, ...]
    remarks: tuple[str, ...] = ()
    """What its named plans add to the answer, in plan order."""
