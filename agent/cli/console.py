"""Print to a terminal that untrusted text cannot control."""

from __future__ import annotations

from collections.abc import Iterable

import rich.console
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from agent.record.control_characters import visible


class Console(rich.console.Console):
    """A console that escapes control characters in everything it prints."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            if segment.control:  # from rich itself, such as cursor movement
                yield segment
            else:
                yield Segment(visible(segment.text), segment.style)


def warn(message: str) -> None:
    """Print a warning on stderr."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(message, style="yellow"))


def note(message: str) -> None:
    """Print a line of information on stderr."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(message, style="dim"))


def fail(error: object) -> None:
    """Print an error with its hint on stderr."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(
        Text(f"error: {error}"), style="red"
    )
