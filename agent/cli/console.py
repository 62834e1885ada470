"""The one way to a terminal: what a model, a file or a tool says cannot steer it."""

from __future__ import annotations

from collections.abc import Iterable

import rich.console
from rich.console import ConsoleOptions, RenderableType
from rich.segment import Segment

from agent.record.control_characters import visible


class Console(rich.console.Console):
    """A console that shows control characters instead of sending them to the terminal."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            if segment.control:  # rich's own, such as the cursor's moves
                yield segment
            else:
                yield Segment(visible(segment.text), segment.style)
