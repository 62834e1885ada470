"""What a running plan asks to be performed, and what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from agent.plan.value_text import show
from tools.errors import BatutaError
from tools.media import Media
from tools.sdk.plan_types import Value
from tools.sdk.tool import Tool


@dataclass(frozen=True)
class CallSite:
    """One call to perform, with every argument by name."""

    path: str
    """Where it stands in the plan and for which item: the same in every run of the plan."""
    tool: Tool[..., Any]
    pin: str
    arguments: dict[str, Value]
    """All parameters; `seed` only where the plan gives one."""
    line: int
    text: str
    name: str
    """The name its result gets, if it is the whole value of that name."""
    occurrence: int
    """Differs between calls that read the same, so that drawing twice gives two pictures."""
    shown: Callable[[Value], str] = show
    """How its result reads."""


Perform = Callable[[CallSite], Awaitable[Value]]


@dataclass(frozen=True)
class Failure:
    """A step that could not be done."""

    path: str
    name: str
    line: int
    text: str
    error: BatutaError


@dataclass(frozen=True)
class Skip:
    """A step that was not tried, because something it needs is missing."""

    path: str
    name: str
    line: int
    text: str
    reason: str


@dataclass(frozen=True)
class Said:
    """A picture, sound or film in the middle of a message, and what the plan calls it."""

    name: str
    value: Media


Message = tuple[str | Said, ...]


@dataclass(frozen=True)
class Interpretation:
    """What came of a plan."""

    values: dict[str, Value]
    failures: tuple[Failure, ...]
    skipped: tuple[Skip, ...]
    said: tuple[Message, ...]
