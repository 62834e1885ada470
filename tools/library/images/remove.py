"""Remove an object from an image (inpainting)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import BadArgument, Image, Mask, Model, Region, tool
from tools.sdk.argument_checks import require_extent
from tools.signal.image_regions import dilated_mask

RIM = 0.008
"""How far to inpaint beyond the region, as a fraction of the mean image side: masks are slightly
too tight, and a remaining rim of the object would be continued into the new background."""

MAX_COVERED = 0.9


class Inpainter(Model, ABC):
    """An inpainting model."""

    @abstractmethod
    def fill(self, image: Image, hole: Mask) -> Image:
        """Return the opaque image with the hole filled, unchanged outside it."""


@tool(words="Take {region} out of {image}")
def remove(model: Inpainter, image: Image, region: Region) -> Image:
    """Take something out of a picture: a region is filled with what may lie behind it.

    >>> no_spoon = remove(photo, box(318, 225, 402, 330))
    """
    require_extent(region, "to remove")
    hole = dilated_mask(region, image, RIM)
    covered = hole.pixels.histogram()[255] / (image.width * image.height)
    if covered > MAX_COVERED:
        raise BadArgument(
            f"the region covers {covered:.0%} of the picture; at most {MAX_COVERED:.0%} can be "
            "filled from what is left",
            hint="choose a smaller region",
        )
    return model.fill(image, hole).transparent_as(image)
