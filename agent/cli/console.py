"""Print to a terminal that untrusted text cannot control."""

from __future__ import annotations

from collections.abc import Iterable

import rich.console
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment

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
