"""What a person draws on a picture, as a region that any tool takes.

    {"shape": "box", "points": [[10, 20], [110, 90]]}      two corners
    {"shape": "points", "points": [[40, 50]]}              clicks
    {"shape": "paint", "points": […], "width": 24}         a brush, along a path

Coordinates are pixels of the picture itself, whatever its size on the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, Field, ValidationError

from agent.artifacts import Encoded
from tools.errors import InputError
from tools.media import Box, Image, Mask, Points, Region

_Coordinate = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
_Point = tuple[_Coordinate, _Coordinate]


class Drawn(BaseModel):
    """What the page sends of a mark."""

    shape: Literal["box", "points", "paint"]
    points: Annotated[list[_Point], Field(min_length=1, max_length=5_000)]
    width: Annotated[float, Field(ge=1, le=2_000)] = 24


@dataclass(frozen=True)
class Mark:
    """A region that was drawn, under the name a request can refer to it by."""

    name: str
    picture: str
    value: Encoded
    words: str

    @property
    def told(self) -> str:
        """What is added to a request that does not speak of it itself."""
        return f"{self.name} is {self.words} in {self.picture}"


def region_of(drawn: object, image: Image, picture: str) -> Region:
    """The region that was drawn on the picture; InputError if there is none on it."""
    try:
        mark = Drawn.model_validate(drawn)
    except ValidationError as error:
        raise InputError("the mark could not be read", hint="draw it once more") from error
    width, height = image.width, image.height
    points = [(min(max(x, 0.0), width), min(max(y, 0.0), height)) for x, y in mark.points]
    if mark.shape == "points":
        return Points(tuple(points))
    if mark.shape == "paint":
        return _painted(points, mark.width, width, height)
    left, right = sorted((points[0][0], points[-1][0]))
    top, bottom = sorted((points[0][1], points[-1][1]))
    if right - left < 1 or bottom - top < 1:
        raise InputError("the box is empty", hint="draw it from one corner to the other")
    return Box(round(left), round(top), round(right), round(bottom), f"marked in {picture}")


def words_for(region: Region) -> str:
    """What kind of mark it is, in words."""
    if isinstance(region, Points):
        return "a marked point" if len(region.items) == 1 else f"{len(region.items)} marked points"
    return "a painted part" if isinstance(region, Mask) else "a marked box"


def _painted(points: list[tuple[float, float]], brush: float, width: int, height: int) -> Mask:
    import PIL.Image
    import PIL.ImageDraw

    canvas = PIL.Image.new("L", (width, height), 0)
    draw = PIL.ImageDraw.Draw(canvas)
    radius = brush / 2
    for x, y in points:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    if len(points) > 1:
        draw.line(points, fill=255, width=round(brush), joint="curve")
    return Mask(canvas)
