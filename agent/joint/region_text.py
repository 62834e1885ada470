"""Boxes in a joint model's text: x1, y1, x2, y2 as percentages."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from agent.joint.dialogue import NamedExchange, Part
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


def replace_marks(
    dialogue: Sequence[NamedExchange], lookup: Callable[[str], Value]
) -> list[NamedExchange]:
    """Replace marked regions by boxes in the text of their requests.

    `lookup` returns the conversation's value of a name: an image that was generated in it is
    inserted where a mark names it.
    """
    exchanges: list[NamedExchange] = []
    earlier_media: list[Part] = []
    for exchange in dialogue:
        media: list[Part] = []
        request = exchange.request
        for part in exchange.media:
            if not isinstance(part.value, Region):
                media.append(part)
                continue
            image = _marked_image(part, [*earlier_media, *media])
            if image is None:
                image = _generated_image(part, lookup)
                media.append(Part(image, _marked_name(part)))
            box = part.value.bounds(image.width, image.height)
            box_text = format_box(box, image.width, image.height)
            request = re.sub(rf"\b{part.name}\b", box_text, request)
        exchanges.append(NamedExchange(tuple(media), request, exchange.answer))
        earlier_media += media
    return exchanges


def _marked_name(mark: Part) -> str:
    """Return the name of the image that the mark says it is in, if any."""
    match = _MARKED_IN.search(mark.value.label) if isinstance(mark.value, Box) else None
    return match[1] if match else ""


def _marked_image(mark: Part, media: Sequence[Part]) -> Image | None:
    """Return the image that the mark names, else the last one."""
    name = _marked_name(mark)
    for part in reversed(media):
        if isinstance(part.value, Image) and name in ("", part.name):
            return part.value
    return None


def _generated_image(mark: Part, lookup: Callable[[str], Value]) -> Image:
    name = _marked_name(mark)
    image = lookup(name) if name else None
    if not isinstance(image, Image):
        raise BadArgument(
            f"{mark.name} is in a picture that this conversation was not given",
            hint="attach the picture, and mark it there",
        )
    return image
