"""Name the main colours of an image."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tools import BadArgument, Image, Region, tool
from tools.signal.oklab import srgb_to_oklab

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_NAMES = 4
MIN_SHARE = 0.06
"""The minimum share of the pixels: a colour that covers less is a detail."""
SIDE = 128
"""The longer side after downscaling; more pixels change no share by a percent."""

# Shades of the eleven basic colour terms (Berlin and Kay, 1969), and of turquoise and beige. A
# pixel gets the name of the nearest shade.
SHADES = {
    "black": ("#000000", "#1a1a1a", "#1c1614", "#101820"),
    "grey": ("#404040", "#606060", "#808080", "#a0a0a0", "#c0c0c0", "#70757a"),
    "white": ("#ffffff", "#e8e8e8", "#f5f2ea"),
    "red": ("#ff0000", "#c00000", "#800000", "#d32f2f", "#b22222", "#f04020"),
    "orange": ("#ff8000", "#e06000", "#ffa030", "#f4762a"),
    "brown": ("#402010", "#5c3a21", "#7b4a1e", "#8b5a2b", "#9c6b44", "#33211a", "#6e4a3a"),
    "beige": ("#f5f5dc", "#d9c39a", "#e6d3b3", "#c8ad86"),
    "yellow": ("#ffff00", "#e0c000", "#ffe060", "#ffd700"),
    "green": ("#00ff00", "#008000", "#004d00", "#60a040", "#9acd32", "#556b2f", "#8fbc8f"),
    "turquoise": ("#40e0d0", "#008b8b", "#00ced1"),
    "blue": ("#0000ff", "#000080", "#4060c0", "#87ceeb", "#3080ff", "#1e3a5f", "#b0c8e8"),
    "purple": ("#800080", "#5a2d82", "#9966cc", "#4b0082"),
    "pink": ("#ffc0cb", "#ff69b4", "#e75480", "#f8a8b8"),
}


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
    shares: Counter[str] = Counter(_names_of(pixels))
    common = [name for name, n in shares.most_common(MAX_NAMES) if n >= MIN_SHARE * len(pixels)]
    return common or [shares.most_common(1)[0][0]]


def _names_of(pixels: NDArray[np.uint8]) -> Iterator[str]:
    """Yield the colour name of each pixel: (pixels, 3)."""
    import numpy as np
    import PIL.ImageColor

    named_shades = [(name, shade) for name, shades in SHADES.items() for shade in shades]
    codes = [PIL.ImageColor.getrgb(shade)[:3] for _, shade in named_shades]
    shade_labs = srgb_to_oklab(np.asarray(codes, np.uint8))
    for nearest in (
        np.linalg.norm(srgb_to_oklab(pixels)[:, None] - shade_labs, axis=2).argmin(axis=1).tolist()
    ):
        yield named_shades[nearest][0]
