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


def box_in(text: str) -> Box | None:
    """Parse an answer that is one box; None if it is not."""
    found = _BOX.fullmatch(text)
    left, top, right, bottom = map(int, found.groups()) if found else (0, 0, 0, 0)
    return Box(left, top, right, bottom) if left < right <= 100 and top < bottom <= 100 else None


def box_words(box: Box, width: float, height: float) -> str:
    """Format a box in pixels of an image as percentages."""
    edges = (box.left / width, box.top / height, box.right / width, box.bottom / height)
    return f"[{', '.join(str(round(100 * edge)) for edge in edges)}]"


def in_pixels(box: Box, picture: Image) -> Box:
    """Convert a box from percentages to pixels of the image."""
    across, down = picture.width / 100, picture.height / 100
    return Box(
        box.left * across, box.top * down, box.right * across, box.bottom * down,
        box.label, box.score,
    )  # fmt: skip


def with_marks_in_words(dialogue: Sequence[Part], known: Callable[[str], Value]) -> list[Part]:
    """Replace marked regions by boxes in the text of the next request.

    `lookup` returns the conversation's value of a name: an image that was generated in it is
    inserted where a mark names it.
    """
    found: list[Part] = []
    marks: dict[str, str] = {}
    for part in dialogue:
        if isinstance(part.value, Region):
            picture = _marked_picture(part, found, known)
            box = part.value.bounds(picture.width, picture.height)
            marks[part.name] = box_words(box, picture.width, picture.height)
            continue
        if isinstance(part.value, str) and not part.name:
            request = part.value
            for name, words in marks.items():
                request = re.sub(rf"\b{name}\b", words, request)
            part, marks = Part(request), {}
        found.append(part)
    return found


def _marked_picture(mark: Part, found: list[Part], known: Callable[[str], Value]) -> Image:
    """Return the image that the mark names, else the last one."""
    named = _MARKED_IN.search(mark.value.label) if isinstance(mark.value, Box) else None
    for part in reversed(found):
        if isinstance(part.value, Image) and (not named or part.name == named[1]):
            return part.value
    picture = known(named[1]) if named else None
    if not isinstance(picture, Image):
        raise BadArgument(
            f"{mark.name} is in a picture that this conversation was not given",
            hint="attach the picture, and mark it there",
        )
    found.append(Part(picture, named[1] if named else ""))
    return picture
