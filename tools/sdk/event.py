"""The base class of events."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True)
class Event:
    """Something that happened, and when (seconds since 1970)."""

    transient: ClassVar[bool] = False
    """Whether the event is only shown, not written to a trace."""

    at: float = field(default_factory=time.time, kw_only=True, compare=False)
