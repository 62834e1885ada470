"""Take things out of a picture."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import BadArgument, Image, Mask, Model, Region, tool
from tools.sdk.argument_checks import require_extent
from tools.signal.image_regions import dilated_mask

RIM = 0.008
"""How far beyond the region to paint, of the picture's sides together halved: outlines are a
little too tight, and a rim of the old thing would be continued into the new background."""

MOST_COVERED = 0.9


class Inpainter(Model, ABC):
    """A model that paints what could be in a hole of a picture."""

    @abstractmethod
    def fill(self, image: Image, hole: Mask) -> Image:
        """The opaque picture with the hole painted; outside the hole it is as it was."""


@tool(words="Take {region} out of {image}")
def remove(model: Inpainter, image: Image, region: Region) -> Image:
    """Take something out of a picture: a region is filled with what may lie behind it.

    >>> no_spoon = remove(photo, box(318, 225, 402, 330))
    """
    require_extent(region, "to remove")
    hole = dilated_mask(region, image, RIM)
    covered = hole.pixels.histogram()[255] / (image.width * image.height)
    if covered > MOST_COVERED:
        raise BadArgument(
            f"the region covers {covered:.0%} of the picture; at most {MOST_COVERED:.0%} can be "
            "filled from what is left",
            hint="choose a smaller region",
        )
    return model.fill(image, hole).transparent_as(image)
