"""Boxes in a joint model's text: x1, y1, x2, y2 as percentages."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from agent.joint.dialogue import Part
from tools import Box, Image
from tools.errors import BadArgument
from tools.media import Region
from tools.sdk.plan_types import Value

_BOX = re.compile(r"\[(\d+), (\d+), (\d+), (\d+)\]")
_MARKED_IN = re.compile(r"marked in (\w+)")


def parse_box(text: str) -> Box | None:
    """Parse an answer that is one box; None if it is not."""
    match = _BOX.fullmatch(text)
    left, top, right, bottom = map(int, match.groups()) if match else (0, 0, 0, 0)
    return Box(left, top, right, bottom) if left < right <= 100 and top < bottom <= 100 else None


def format_box(box: Box, width: float, height: float) -> str:
    """Format a box in pixels of an image as percentages."""
    edges = (box.left / width, box.top / height, box.right / width, box.bottom / height)
    return f"[{', '.join(str(round(100 * edge)) for edge in edges)}]"


def to_pixels(box: Box, image: Image) -> Box:
    """Convert a box from percentages to pixels of the image."""
    x_scale, y_scale = image.width / 100, image.height / 100
    return Box(
        box.left * x_scale, box.top * y_scale, box.right * x_scale, box.bottom * y_scale,
        box.label, box.score,
    )  # fmt: skip


def replace_marks(dialogue: Sequence[Part], lookup: Callable[[str], Value]) -> list[Part]:
    """Replace marked regions by boxes in the text of the next request.

    `lookup` returns the conversation's value of a name: an image that was generated in it is
    inserted where a mark names it.
    """
    parts: list[Part] = []
    marks: dict[str, str] = {}
    for part in dialogue:
        if isinstance(part.value, Region):
            image = _marked_image(part, parts, lookup)
            box = part.value.bounds(image.width, image.height)
            marks[part.name] = format_box(box, image.width, image.height)
            continue
        if isinstance(part.value, str) and not part.name:
            request = part.value
            for name, box_text in marks.items():
                request = re.sub(rf"\b{name}\b", box_text, request)
            part, marks = Part(request), {}
        parts.append(part)
    return parts


def _marked_image(mark: Part, parts: list[Part], lookup: Callable[[str], Value]) -> Image:
    """Return the image that the mark names, else the last one."""
    match = _MARKED_IN.search(mark.value.label) if isinstance(mark.value, Box) else None
    for part in reversed(parts):
        if isinstance(part.value, Image) and (not match or part.name == match[1]):
            return part.value
    image = lookup(match[1]) if match else None
    if not isinstance(image, Image):
        raise BadArgument(
            f"{mark.name} is in a picture that this conversation was not given",
            hint="attach the picture, and mark it there",
        )
    parts.append(Part(image, match[1] if match else ""))
    return image
