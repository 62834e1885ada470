"""Segment the object at a region (promptable segmentation)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from tools import BadArgument, Box, Image, Mask, Model, Points, Region, tool
from tools.sdk.argument_checks import require_sides
from tools.signal.image_regions import visible_boxes

SMALLEST_SIDE = 8


class Segmenter(Model, ABC):
    """A promptable segmentation model, such as SAM."""

    @abstractmethod
    def outline(self, image: Image, prompts: Sequence[Box | Points]) -> tuple[Mask, ...]:
        """Return a mask for each prompt: the object in a box, or the one at all points."""


@tool(words="Find the exact outline of {region} in {image}")
def segment(model: Segmenter, image: Image, region: Region) -> Mask:
    """Find the exact outline of what is in a box or boxes, or at points, as a region.

    >>> cup = segment(photo, detect(photo, label="cup"))
    """
    import PIL.ImageChops

    require_sides(image, SMALLEST_SIDE, "has no outlines")
    masks = model.outline(image, _prompts(image, region))
    whole = masks[0].pixels
    for mask in masks[1:]:
        whole = PIL.ImageChops.lighter(whole, mask.pixels)
    if whole.getbbox() is None:
        raise BadArgument(
            f"nothing with an outline was found at {region.describe()}",
            hint="use the region as it is, or a larger box",
        )
    return Mask(whole)


def _prompts(image: Image, region: Region) -> tuple[Box | Points, ...]:
    """Return the box or point prompts of a region, clipped to the image."""
    boxes = visible_boxes(image, region)
    if isinstance(region, Points):
        visible = [
            (x, y) for x, y in region.items if 0 <= x < image.width and 0 <= y < image.height
        ]
        return (Points(tuple(visible)),)
    return boxes
