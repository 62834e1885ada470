"""Convert a drawing on an image into a region that tools accept.

    {"shape": "box", "strokes": [[[10, 20], [110, 90]]]}      two corners
    {"shape": "points", "strokes": [[[40, 50]], …]}           clicks
    {"shape": "paint", "strokes": [[…], …], "width": 24}      a brush, along each path

Coordinates are pixels of the original image, independent of its size on the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from agent.record.artifacts import Encoded
from tools.errors import InputError
from tools.media import Box, Image, Mask, Points, Region

_Coordinate = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
_Point = tuple[_Coordinate, _Coordinate]
_Stroke = Annotated[list[_Point], Field(min_length=1)]
_MAX_POINTS = 5_000
_PREVIEW_SIZE = (480, 480)
_OUTLINE_COLOR = "#2dd4bf"


class MarkInput(BaseModel):
    """A mark as the page sends it."""

    shape: Literal["box", "points", "paint"]
    strokes: Annotated[list[_Stroke], Field(min_length=1)]
    width: Annotated[float, Field(ge=1, le=2_000)] = 24


@dataclass(frozen=True)
class Mark:
    """A drawn region, under the name that a request can refer to."""

    name: str
    image_name: str
    value: Encoded
    words: str
    drawing: str
    """The digest of the image that shows where it is."""

    @property
    def sentence(self) -> str:
        """The sentence added to a request that does not mention the mark."""
        return f"{self.name} is {self.words} in {self.image_name}"


def region_of(data: object, image: Image, image_name: str) -> Region:
    """Return the region drawn on an image; raise InputError if invalid."""
    try:
        mark = MarkInput.model_validate(data)
    except ValidationError as error:
        raise InputError("the mark could not be read", hint="draw it again") from error
    strokes = [[_clamp(point, image) for point in stroke] for stroke in mark.strokes]
    points = [point for stroke in strokes for point in stroke]
    if len(points) > _MAX_POINTS:
        raise InputError(
            f"the mark has {len(points):,} points; {_MAX_POINTS:,} are allowed",
            hint="draw a simpler one",
        )
    if mark.shape == "points":
        return Points(tuple(points))
    if mark.shape == "paint":
        return _paint_mask(strokes, mark.width, image)
    left, right = sorted((points[0][0], points[-1][0]))
    top, bottom = sorted((points[0][1], points[-1][1]))
    if right - left < 1 or bottom - top < 1:
        raise InputError("the box is empty", hint="draw it from one corner to the other")
    return Box(round(left), round(top), round(right), round(bottom), f"marked in {image_name}")


def draw_region(region: Region, image: Image) -> Image:
    """Return a small copy of the image that highlights the region."""
    import PIL.Image
    import PIL.ImageFilter

    preview = image.opaque().copy()
    inside = region.mask(image.width, image.height)
    if isinstance(region, Points):
        dots = [[(float(x), float(y))] for x, y in region.items]
        inside = _paint_mask(dots, max(image.width, image.height) / 25, image).pixels
    preview.thumbnail(_PREVIEW_SIZE)
    inside = inside.resize(preview.size)
    shade = PIL.Image.blend(preview, PIL.Image.new("RGB", preview.size), 0.5)
    highlighted = PIL.Image.composite(preview, shade, inside)
    edge = inside.filter(PIL.ImageFilter.FIND_EDGES).filter(PIL.ImageFilter.MaxFilter(3))
    highlighted.paste(_OUTLINE_COLOR, mask=edge)
    return Image(highlighted)


def describe_region(region: Region) -> str:
    """Describe the kind of mark in words."""
    if isinstance(region, Points):
        return "a marked point" if len(region.items) == 1 else f"{len(region.items)} marked points"
    return "a painted part" if isinstance(region, Mask) else "a marked box"


def _clamp(point: _Point, image: Image) -> _Point:
    x, y = point
    return min(max(x, 0.0), image.width), min(max(y, 0.0), image.height)


def _paint_mask(strokes: list[list[_Point]], brush: float, image: Image) -> Mask:
    import PIL.Image
    import PIL.ImageDraw

    canvas = PIL.Image.new("L", (image.width, image.height), 0)
    draw = PIL.ImageDraw.Draw(canvas)
    radius = brush / 2
    for stroke in strokes:
        for x, y in stroke:
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
        if len(stroke) > 1:
            draw.line(stroke, fill=255, width=round(brush), joint="curve")
    return Mask(canvas)
