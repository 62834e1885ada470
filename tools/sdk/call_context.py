"""What a tool can say and ask while it runs: progress, a preview, whether to stop.

>>> for step in range(20):
...     check_stop()
...     progress(step / 20, f"step {step} of 20", preview=image)

Outside a run these do nothing, so a tool can be tried as an ordinary function.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from threading import Event

from tools.errors import Cancelled
from tools.media import Image


@dataclass(frozen=True)
class Progress:
    """How far a tool has come: a fraction from 0 to 1, a few words, perhaps a first look."""

    fraction: float
    message: str = ""
    preview: Image | None = None


def _ignore(progress: Progress) -> None:
    pass


@dataclass(frozen=True)
class Call:
    """One running call of a tool, as the runtime sees it."""

    report: Callable[[Progress], None] = _ignore
    stop: Event = field(default_factory=Event)


_current: ContextVar[Call | None] = ContextVar("call", default=None)


@contextmanager
def inside(call: Call) -> Generator[None]:
    """While this lasts, `progress` and `check_stop` belong to that call."""
    token = _current.set(call)
    try:
        yield
    finally:
        _current.reset(token)


def progress(fraction: float, message: str = "", *, preview: Image | None = None) -> None:
    """Tell the person how far this call has come."""
    if call := _current.get():
        call.report(Progress(min(max(fraction, 0.0), 1.0), message, preview))


def check_stop() -> None:
    """Raise Cancelled if the person pressed Stop: call it between steps, tokens or segments."""
    call = _current.get()
    if call and call.stop.is_set():
        raise Cancelled("stopped on request")
