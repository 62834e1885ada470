"""Image regions: boxes, points and masks that say what a tool works on."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import isnan
from typing import TYPE_CHECKING, ClassVar, Self

from tools.errors import BadArgument
from tools.media.base import Media

if TYPE_CHECKING:
    import PIL.Image


class Region(Media):
    """A part of an image. A tool that takes a Region takes a Box, Boxes, Points or a Mask."""

    kind: ClassVar[str] = "region"

    def mask(self, width: int, height: int) -> PIL.Image.Image:
        """Return the region as an image in mode L of that size: 255 inside, 0 outside."""
        raise TypeError(f"{type(self).__name__} has no mask")

    def bounds(self, width: int, height: int) -> Box:
        """Return the bounding box of the region within an image of that size."""
        corners = self.mask(width, height).getbbox()
        if corners is None:
            raise BadArgument(
                f"the region {self.describe()} is empty or outside the picture of {width}×{height}",
                hint="choose a region that lies on the picture",
            )
        return Box(*corners)


@dataclass(frozen=True)
class Box(Region):
    """A rectangle in pixels, with a label and a confidence score."""

    kind: ClassVar[str] = "box"
    suffix: ClassVar[str] = ".json"

    left: float
    top: float
    right: float
    bottom: float
    label: str = ""
    score: float = 1.0

    def __post_init__(self) -> None:
        edges = (self.left, self.top, self.right, self.bottom)
        if any(map(isnan, edges)):
            raise BadArgument(
                f"a box with the edges {edges!r} is nowhere: each must be a number",
                hint="give its left, top, right and bottom edge in pixels",
            )

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)

    def iou(self, other: Box) -> float:
        """Return the intersection over union (IoU) of two boxes."""
        width = min(self.right, other.right) - max(self.left, other.left)
        height = min(self.bottom, other.bottom) - max(self.top, other.top)
        intersection = max(width, 0.0) * max(height, 0.0)
        return intersection / max(self.area + other.area - intersection, 1e-9)

    def mask(self, width: int, height: int) -> PIL.Image.Image:
        return Boxes((self,)).mask(width, height)

    def encode(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        return cls(**json.loads(data))

    def describe(self) -> str:
        position = f"({self.left:.0f}, {self.top:.0f})–({self.right:.0f}, {self.bottom:.0f})"
        return f"{self.label} at {position}" if self.label else position


@dataclass(frozen=True)
class Boxes(Region):
    """The boxes detected in an image, best first."""

    kind: ClassVar[str] = "boxes"
    suffix: ClassVar[str] = ".json"

    items: tuple[Box, ...]

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Box]:
        return iter(self.items)

    def __getitem__(self, index: int) -> Box:
        return self.items[index]

    def mask(self, width: int, height: int) -> PIL.Image.Image:
        import PIL.Image

        canvas = PIL.Image.new("L", (width, height), 0)
        for box in self.items:
            left, right = (round(min(max(x, 0), width)) for x in (box.left, box.right))
            top, bottom = (round(min(max(y, 0), height)) for y in (box.top, box.bottom))
            canvas.paste(255, (left, top, max(left, right), max(top, bottom)))
        return canvas

    def bounds(self, width: int, height: int) -> Box:
        if not self.items:
            raise BadArgument(
                f"there is no region on the picture of {width}×{height}: nothing was found",
                hint="look for something that the picture shows, or name the region by a box",
            )
        return super().bounds(width, height)

    def encode(self) -> bytes:
        return json.dumps([asdict(box) for box in self.items]).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        return cls(tuple(Box(**box) for box in json.loads(data)))

    def describe(self) -> str:
        return "; ".join(box.describe() for box in self.items) or "nothing"


@dataclass(frozen=True)
class Points(Region):
    """Points in an image, in pixels, as a user clicks them."""

    kind: ClassVar[str] = "points"
    suffix: ClassVar[str] = ".json"

    items: tuple[tuple[float, float], ...]

    def mask(self, width: int, height: int) -> PIL.Image.Image:
        import PIL.Image

        canvas = PIL.Image.new("L", (width, height), 0)
        for x, y in self.items:
            if 0 <= x < width and 0 <= y < height:
                canvas.putpixel((int(x), int(y)), 255)
        return canvas

    def encode(self) -> bytes:
        return json.dumps(self.items).encode()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        return cls(tuple((x, y) for x, y in json.loads(data)))

    def describe(self) -> str:
        return ", ".join(f"({x:.0f}, {y:.0f})" for x, y in self.items) or "no points"


@dataclass(frozen=True, eq=False)
class Mask(Region):
    """A segmentation mask: an image in mode L, 255 inside, 0 outside."""

    kind: ClassVar[str] = "mask"
    suffix: ClassVar[str] = ".png"

    pixels: PIL.Image.Image

    def mask(self, width: int, height: int) -> PIL.Image.Image:
        if self.pixels.size != (width, height):
            raise BadArgument(
                f"the mask is for a picture of {self.pixels.width}×{self.pixels.height} pixels, "
                f"this one has {width}×{height}",
                hint="use the mask with the picture it was made from",
            )
        return self.pixels

    def encode(self) -> bytes:
        file = io.BytesIO()
        self.pixels.save(file, "PNG")
        return file.getvalue()

    @classmethod
    def decode(cls, data: bytes) -> Self:
        import PIL.Image

        with PIL.Image.open(io.BytesIO(data)) as opened:
            return cls(opened.convert("L"))

    def describe(self) -> str:
        inside = self.pixels.histogram()[255] / (self.pixels.width * self.pixels.height)
        return f"a region covering {inside:.0%} of the picture"
