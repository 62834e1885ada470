"""Change the colours of a picture in a region: soft edges, transparency as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil

import numpy as np
import PIL.Image
import PIL.ImageFilter

from tools.media import Boxes, Image, Region
from tools.sdk.argument_checks import require_extent
from tools.signal.image_regions import SOFT_EDGE, Corners, bounding_corners

Change = Callable[[PIL.Image.Image], PIL.Image.Image]
"""From a picture in mode RGB to another of the same size."""
SizedChange = Callable[[PIL.Image.Image, float], PIL.Image.Image]
"""The same; it also gets the shorter side of what it changes, in pixels."""

LARGEST_SHARE, SHARE_OF_ALL = 0.5, 0.25
"""What counts as the side of a region at most, and as that of the whole picture, of its shorter
side: what hides a face would leave nothing of a picture."""


def change_region(image: Image, region: Region | None, change: Change) -> Image:
    """Apply a change in a region, or everywhere without one."""
    colours = opaque_colours(image)
    if region is None:
        return _like(image, change(colours))
    return _like(image, _with_change(image, colours.copy(), region, change))


def change_parts(image: Image, region: Region | None, change: SizedChange) -> Image:
    """Apply a change in each box by its own size, so that small faces do not get a large one's."""
    colours = opaque_colours(image)
    side = min(image.width, image.height)
    if region is None:
        return _like(image, change(colours, SHARE_OF_ALL * side))
    colours = colours.copy()
    for part in _parts(image, region):
        left, top, right, bottom = bounding_corners(image, part)
        size = min(right - left, bottom - top, LARGEST_SHARE * side)
        _with_change(image, colours, part, lambda pixels, size=size: change(pixels, size))
    return _like(image, colours)


def change_outside(image: Image, region: Region, change: Change) -> Image:
    """Apply a change everywhere but in a region."""
    colours = opaque_colours(image)
    window, mask = _soft_mask(image, region)
    changed = change(colours)
    changed.paste(colours.crop(window), window[:2], mask)
    return _like(image, changed)


def opaque_colours(image: Image) -> PIL.Image.Image:
    """Return the RGB colours; transparent pixels continue those beside them.

    A filter that looks at neighbours then sees no black where nothing is visible.
    """
    if image.pixels.mode == "RGB":
        return image.pixels
    pixels = image.pixels.convert("RGBA")
    colours = pixels.convert("RGB")
    alpha = pixels.getchannel("A")
    if np.asarray(alpha).min() > 0:
        return colours
    return PIL.Image.composite(colours, spread_colours(pixels), alpha.point([0] + [255] * 255))


def spread_colours(pixels: PIL.Image.Image) -> PIL.Image.Image:
    """Fill the transparent parts of an RGBA picture with the visible colours nearby."""
    layers = [pixels]
    while max(layers[-1].size) > 1:
        # Where a quarter of a pixel is visible, the coarser copy is opaque.
        smaller = layers[-1].reduce(2)
        smaller.putalpha(smaller.getchannel("A").point([min(255, 4 * a) for a in range(256)]))
        layers.append(smaller)
    under = layers.pop()
    for layer in reversed(layers):
        resized = under.resize(layer.size, PIL.Image.Resampling.BILINEAR)
        under = PIL.Image.alpha_composite(resized, layer)
    return under.convert("RGB")


def _parts(image: Image, region: Region) -> Iterator[Region]:
    require_extent(region, "to change")
    region.bounds(image.width, image.height)
    if isinstance(region, Boxes):
        yield from (box for box in region if box.mask(image.width, image.height).getbbox())
    else:
        yield region


def _with_change(
    image: Image, colours: PIL.Image.Image, region: Region, change: Change
) -> PIL.Image.Image:
    window, mask = _soft_mask(image, region)
    colours.paste(change(colours.crop(window)), window[:2], mask)
    return colours


def _soft_mask(image: Image, region: Region) -> tuple[Corners, PIL.Image.Image]:
    """Return the rectangle around a region and its soft edge, and the mask within."""
    require_extent(region, "to change")
    left, top, right, bottom = bounding_corners(image, region)
    # The edge of a region of a few pixels must not soften all of it.
    softness = min(SOFT_EDGE, min(right - left, bottom - top) / 8)
    margin = ceil(3 * softness)
    window = (
        max(0, left - margin),
        max(0, top - margin),
        min(image.width, right + margin),
        min(image.height, bottom + margin),
    )
    mask = region.mask(image.width, image.height).crop(window)
    return window, mask.filter(PIL.ImageFilter.GaussianBlur(softness))


def _like(image: Image, colours: PIL.Image.Image) -> Image:
    """Return the colours with the transparency of a picture of the same size."""
    return Image(colours).transparent_as(image)
