"""What several tools ask of their arguments: some sound, a span within it, a sane number.

Each refuses with a BadArgument that the planner can act on.
"""

from __future__ import annotations

from tools.errors import BadArgument
from tools.media import Audio


def require_sound(audio: Audio) -> None:
    """Refuse a sound of no length."""
    if not audio.samples.size:
        raise BadArgument(
            "the sound has a length of 0 seconds", hint="use a sound in which something is heard"
        )


def require_span(start: float, end: float, seconds: float) -> None:
    """Refuse a span of time that is empty or does not begin within so many seconds."""
    if not 0 <= start < end or start >= seconds:
        raise BadArgument(
            f"there is nothing from {start:g} to {end:g} seconds in {seconds:.1f} seconds",
            hint="start must be 0 or more, less than end, and before the end of the recording",
        )


def require_between(name: str, value: float, least: float, most: float) -> None:
    """Refuse a number outside these bounds."""
    if not least <= value <= most:
        raise BadArgument(
            f"{name} is {value:g}; {least:g} to {most:g} are allowed",
            hint=f"give a {name} between {least:g} and {most:g}",
        )
