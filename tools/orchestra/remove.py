"""Take things out of a picture."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import BadArgument, Image, Mask, Model, Points, Region, tool

RIM = 0.008
"""How far beyond the region to paint, of the picture's sides together halved: outlines are a
little too tight, and a rim of the old thing would be continued into the new background."""

MOST_COVERED = 0.9


class Inpainter(Model, ABC):
    """A model that paints what could be in a hole of a picture."""

    @abstractmethod
    def fill(self, image: Image, hole: Mask) -> Image:
        """The opaque picture with the hole painted; outside the hole it is as it was."""


@tool
def remove(model: Inpainter, image: Image, region: Region) -> Image:
    """Take something out of a picture: a region is filled with what may lie behind it.

    >>> no_spoon = remove(photo, box(318, 225, 402, 330))
    """
    import PIL.ImageFilter

    if isinstance(region, Points):
        raise BadArgument(
            f"{region.describe()} are points, and a thing to remove needs an extent",
            hint="outline what lies there first: remove(image, segment(image, points))",
        )
    region.bounds(image.width, image.height)
    rim = max(2, round(RIM * (image.width + image.height) / 2))
    hole = region.mask(image.width, image.height).point([0] * 128 + [255] * 128)
    hole = hole.filter(PIL.ImageFilter.BoxBlur(rim)).point([0] + [255] * 255)
    covered = hole.histogram()[255] / (image.width * image.height)
    if covered > MOST_COVERED:
        raise BadArgument(
            f"the region covers {covered:.0%} of the picture; at most {MOST_COVERED:.0%} can be "
            "filled from what is left",
            hint="choose a smaller region",
        )
    return model.fill(image, Mask(hole)).transparent_as(image)
