"""Name the main colours of an image."""

from __future__ import annotations

from collections import Counter

from tools import BadArgument, Image, Region, tool
from tools.signal.colour_shades import name_pixels

MAX_NAMES = 4
MIN_SHARE = 0.06
"""The minimum share of the pixels: a colour that covers less is a detail."""
SIDE = 128
"""The longer side after downscaling; more pixels change no share by a percent."""


@tool(words="Name the colours of {image}[ within {region}]")
def colours(image: Image, region: Region | None = None) -> list[str]:
    """Name the main colours of a picture or of a region of it, the one that covers most first.

    >>> colours_of_the_cup = colours(photo, segment(photo, detect(photo, label="cup")))
    """
    import numpy as np
    import PIL.Image

    mask = PIL.Image.new("L", image.pixels.size, 255)
    if region is not None:
        region.bounds(image.width, image.height)
        mask = region.mask(image.width, image.height)
    if "A" in image.pixels.getbands():
        mask = PIL.Image.composite(
            mask, PIL.Image.new("L", mask.size), image.pixels.getchannel("A")
        )
    bounds = mask.getbbox()
    if bounds is None:
        raise BadArgument(
            "there is nothing to see in that part of the picture",
            hint="use a larger region, or the whole picture",
        )
    scale = min(1.0, SIDE / max(bounds[2] - bounds[0], bounds[3] - bounds[1]))
    cropped_mask = mask.crop(bounds)
    size = max(1, round(cropped_mask.width * scale)), max(1, round(cropped_mask.height * scale))
    coverage = np.asarray(cropped_mask.resize(size, PIL.Image.Resampling.BOX))
    pixels = np.asarray(image.opaque().crop(bounds).resize(size, PIL.Image.Resampling.BOX))
    pixels = pixels[coverage >= min(128, int(coverage.max()))]
    shares: Counter[str] = Counter(name_pixels(pixels))
    common = [name for name, n in shares.most_common(MAX_NAMES) if n >= MIN_SHARE * len(pixels)]
    return common or [shares.most_common(1)[0][0]]
