"""Argument checks that several tools share: audio length, image size, text, number ranges.

Each raises a BadArgument that the planner can act on.
"""

from __future__ import annotations

from tools.errors import BadArgument
from tools.media import Audio, Image, Points, Region
from tools.media.media_limits import LIMITS


def require_sound(audio: Audio) -> None:
    """Refuse empty audio."""
    if not audio.samples.size:
        raise BadArgument(
            "the sound has a length of 0 seconds", hint="use a sound in which something is heard"
        )


def require_span(start: float, end: float, seconds: float) -> None:
    """Refuse a time span that is empty or starts after the end of a recording."""
    if not 0 <= start < end or start >= seconds:
        raise BadArgument(
            f"the span from {start:g} to {end:g} seconds is empty or outside the recording of "
            f"{seconds:.1f} seconds",
            hint="start must be 0 or more, less than end, and before the end of the recording",
        )


def require_between(name: str, value: float, minimum: float, maximum: float) -> None:
    """Refuse a number outside these bounds."""
    if not minimum <= value <= maximum:
        raise BadArgument(
            f"{name} is {_digits(value)}; {_digits(minimum)} to {_digits(maximum)} are allowed",
            hint=f"give a number from {_digits(minimum)} to {_digits(maximum)} for {name}",
        )


def _digits(number: float) -> str:
    """Return a number without an exponent, unless it is very large or very small."""
    is_whole = abs(number) < 1e12 and number == int(number)
    return f"{number:.0f}" if is_whole else f"{number:g}"


def require_duration(seconds: float, manner: str, hint: str) -> None:
    """Refuse a recording that would last too long; `manner` says how it is made."""
    if not seconds <= LIMITS.seconds:
        raise BadArgument(
            f"it would last {seconds:,.0f} seconds {manner}; {LIMITS.seconds:,.0f} are allowed",
            hint=hint,
        )


def require_sides(image: Image, minimum: int, lack: str) -> None:
    """Refuse an image with too short a side; `lack` says what it is too small for."""
    if min(image.width, image.height) < minimum:
        raise BadArgument(
            f"a picture of {image.width}×{image.height} pixels {lack}: each side must have "
            f"{minimum} pixels or more",
            hint="use a larger picture, or the whole one",
        )


def require_pixels(width: int, height: int) -> None:
    """Refuse to make a picture of more pixels than are accepted."""
    if width * height > LIMITS.pixels:
        raise BadArgument(
            f"the result would be a picture of {width}×{height} pixels; {LIMITS.pixels:,} pixels "
            "are allowed",
            hint="make the picture smaller first, such as with resize(image1, width=1000)",
        )


def require_extent(region: Region, purpose: str) -> None:
    """Refuse points where a region with an area is needed; `purpose` is such as "to remove"."""
    if isinstance(region, Points):
        raise BadArgument(
            f"{region.describe()} are points, and a region {purpose} needs an area",
            hint="outline what lies there first, with segment(image, points), and use that region",
        )


def require_prompt(prompt: str, purpose: str, example: str) -> None:
    """Refuse a prompt without letters or digits; `purpose` is such as "to draw"."""
    if not any(character.isalnum() for character in prompt):
        raise BadArgument(
            f"there is nothing {purpose} in {prompt[:60]!r}", hint=f"say what, as in {example}"
        )


def require_question(question: str, example: str) -> None:
    """Refuse a question without letters or digits."""
    if not any(character.isalnum() for character in question):
        raise BadArgument(
            f"there is no question in {question[:60]!r}", hint=f"ask in words, as in {example}"
        )
