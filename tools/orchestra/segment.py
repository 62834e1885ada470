"""Find the exact outline of things."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from tools import BadArgument, Box, Boxes, Image, Mask, Model, Points, Region, tool

MOST_BOXES = 50
SMALLEST_SIDE = 8


class Segmenter(Model, ABC):
    """A model that tells which pixels belong to a thing that one points at."""

    @abstractmethod
    def outline(self, image: Image, prompts: Sequence[Box | Points]) -> tuple[Mask, ...]:
        """For each box the thing that fills it, for points the one thing they all lie on."""


@tool
def segment(model: Segmenter, image: Image, region: Region) -> Mask:
    """Find the exact outline of what is in a box or boxes, or at points, as a region.

    >>> cup = segment(photo, detect(photo, label="cup"))
    """
    import PIL.ImageChops

    if min(image.width, image.height) < SMALLEST_SIDE:
        raise BadArgument(
            f"a picture of {image.width}×{image.height} pixels has no outlines: each side must "
            f"have {SMALLEST_SIDE} pixels or more",
            hint="use the whole picture",
        )
    found = model.outline(image, _prompts(image, region))
    whole = found[0].pixels
    for mask in found[1:]:
        whole = PIL.ImageChops.lighter(whole, mask.pixels)
    if whole.getbbox() is None:
        raise BadArgument(
            f"nothing with an outline was found at {region.describe()}",
            hint="use the region as it is, or a larger box",
        )
    return Mask(whole)


def _prompts(image: Image, region: Region) -> tuple[Box | Points, ...]:
    """What to look for; a region that is partly outside the picture counts as far as it is seen."""
    bounds = region.bounds(image.width, image.height)
    if isinstance(region, Points):
        seen = [(x, y) for x, y in region.items if 0 <= x < image.width and 0 <= y < image.height]
        return (Points(tuple(seen)),)
    if not isinstance(region, Boxes):
        return (bounds,)
    if len(region) > MOST_BOXES:
        raise BadArgument(
            f"{len(region)} boxes cannot be outlined in one call; {MOST_BOXES} are allowed",
            hint="use those of one label, or one box of them",
        )
    boxes = [box for box in region if box.mask(image.width, image.height).getbbox()]
    return tuple(box.bounds(image.width, image.height) for box in boxes)
