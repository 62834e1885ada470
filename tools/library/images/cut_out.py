"""Remove the background of an image."""

from __future__ import annotations

from abc import ABC, abstractmethod
from math import ceil
from typing import TYPE_CHECKING

from tools import BadArgument, Box, Image, Mask, Model, Region, check_stop, progress, tool
from tools.sdk.argument_checks import require_extent, require_sides
from tools.signal.image_regions import visible_boxes

if TYPE_CHECKING:
    import PIL.Image

MARGIN = 0.1
"""The margin around a box, as a fraction of its sides: the model needs the surroundings."""

SMALLEST_SIDE = 8


class ForegroundFinder(Model, ABC):
    """A model that separates the foreground of an image from its background (matting)."""

    @abstractmethod
    def foreground(self, image: Image) -> Mask:
        """Return the alpha matte of the foreground, from 0 to 255, with soft edges."""


@tool(words="Make the background of {image} transparent[, keep {region}]")
def cut_out(model: ForegroundFinder, image: Image, region: Region | None = None) -> Image:
    """Make the background of a picture transparent; with a region, keep only what is in it.

    >>> sticker = cut_out(photo)
    """
    matte = foreground_matte(model, image, region)
    return image.map(lambda pixels: _without_background(pixels, matte))


def foreground_matte(
    model: ForegroundFinder, image: Image, region: Region | None
) -> PIL.Image.Image:
    """Return the alpha matte of what is in front; BadArgument if nothing is."""
    require_sides(image, SMALLEST_SIDE, "has no foreground")
    matte = (
        model.foreground(image).pixels if region is None else _matte_within(model, image, region)
    )
    if matte.point([0] * 128 + [255] * 128).getbbox() is None:
        raise BadArgument(
            "nothing in the picture stands out from its background",
            hint="say what to keep: cut_out(image, segment(image, box))",
        )
    return matte


def _matte_within(model: ForegroundFinder, image: Image, region: Region) -> PIL.Image.Image:
    """Return the alpha matte of the foreground within a region."""
    import PIL.Image
    import PIL.ImageChops
    import PIL.ImageFilter

    require_extent(region, "to cut out")
    if isinstance(region, Mask):
        # A mask follows whole pixels, unlike real edges: blur it.
        return region.mask(image.width, image.height).filter(PIL.ImageFilter.GaussianBlur(1))
    boxes = visible_boxes(image, region)
    matte = PIL.Image.new("L", image.pixels.size, 0)
    for index, box in enumerate(boxes):
        check_stop()
        progress(index / len(boxes), f"{index} of {len(boxes)} cut out")
        window = _window(box, image)
        window_matte = PIL.Image.new("L", matte.size, 0)
        window_matte.paste(
            model.foreground(image.map(lambda p, w=window: p.crop(w))).pixels, window[:2]
        )
        inside = PIL.ImageChops.darker(window_matte, box.mask(image.width, image.height))
        matte = PIL.ImageChops.lighter(matte, inside)
    return matte


def _window(box: Box, image: Image) -> tuple[int, int, int, int]:
    aside, above = MARGIN * (box.right - box.left), MARGIN * (box.bottom - box.top)
    return (
        max(0, int(box.left - aside)),
        max(0, int(box.top - above)),
        min(image.width, ceil(box.right + aside)),
        min(image.height, ceil(box.bottom + above)),
    )


def _without_background(pixels: PIL.Image.Image, matte: PIL.Image.Image) -> PIL.Image.Image:
    import PIL.ImageChops

    cutout = pixels.convert("RGBA")
    cutout.putalpha(PIL.ImageChops.multiply(cutout.getchannel("A"), matte))
    return cutout
