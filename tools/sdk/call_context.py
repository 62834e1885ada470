"""The context of a running tool call: progress, previews and the stop signal.

>>> for step in range(20):
...     check_stop()
...     progress(step / 20, f"step {step} of 20", preview=image)

Outside a run these do nothing, so a tool can be called as an ordinary function.
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
    """The progress of a tool: a fraction from 0 to 1, a message, perhaps a preview."""

    fraction: float
    message: str = ""
    preview: Image | None = None


def _ignore(progress: Progress) -> None:
    pass


@dataclass(frozen=True)
class CallContext:
    """One running call of a tool, as the runtime sees it."""

    report: Callable[[Progress], None] = _ignore
    stop: Event = field(default_factory=Event)


_current: ContextVar[CallContext | None] = ContextVar("call", default=None)


@contextmanager
def call_scope(call: CallContext) -> Generator[None]:
    """Make a call the current one for `progress` and `check_stop`."""
    token = _current.set(call)
    try:
        yield
    finally:
        _current.reset(token)


def progress(fraction: float, message: str = "", *, preview: Image | None = None) -> None:
    """Report the progress of this call to the user."""
    if call := _current.get():
        call.report(Progress(min(max(fraction, 0.0), 1.0), message, preview))


def check_stop() -> None:
    """Raise Cancelled if the user stopped the run.

    Call it between steps, tokens or segments.
    """
    call = _current.get()
    if call and call.stop.is_set():
        raise Cancelled("stopped on request")
