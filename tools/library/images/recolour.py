"""Recolour an image or a region of it."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from tools import BadArgument, Image, Region, check_stop, progress, tool
from tools.signal.image_regions import composite_in_region
from tools.signal.oklab import oklab_to_srgb, srgb_to_oklab

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_CONTRAST = 1.5
"""The maximum amplification of shadows: beyond it, recolouring black as white shows its noise."""

PIXELS_AT_ONCE = 1_000_000
"""Each pixel takes about 100 bytes while it is recoloured."""


@tool(words="Colour {image} {colour}[, only {region}]")
def recolour(image: Image, colour: str, region: Region | None = None) -> Image:
    """Give a picture, or a region of it, another colour such as "red"; light and shadow stay.

    >>> blue_cup = recolour(photo, "blue", segment(photo, detect(photo, label="cup")))
    """
    import numpy as np
    import PIL.Image

    wanted = srgb_to_oklab(np.asarray(_rgb(colour), np.uint8))
    part = PIL.Image.new("L", image.pixels.size, 255)
    if region is not None:
        region.bounds(image.width, image.height)
        part = region.mask(image.width, image.height)
    colours = image.array()
    usual = _usual_lightness(colours[np.asarray(part) > 0])
    painted = np.empty_like(colours)
    rows = max(1, PIXELS_AT_ONCE // image.width)
    for top in range(0, image.height, rows):
        check_stop()
        progress(top / image.height)
        strip = slice(top, top + rows)
        painted[strip] = oklab_to_srgb(_shaded(srgb_to_oklab(colours[strip]), wanted, usual))
    dyed = Image(PIL.Image.fromarray(painted))
    return composite_in_region(image, dyed, region).transparent_as(image)


def _rgb(colour: str) -> tuple[int, ...]:
    import PIL.ImageColor

    # "Dark blue" is "darkblue" in CSS.
    name = "".join(colour.casefold().split()).replace("-", "")
    try:
        return PIL.ImageColor.getrgb(name)[:3]
    except ValueError as error:
        near = difflib.get_close_matches(name, PIL.ImageColor.colormap, n=3)
        raise BadArgument(
            f"the colour {colour[:40]!r} is not known; allowed are the names of CSS, such as "
            '"red" or "dark blue", and codes such as "#ff8800"',
            hint=f"use {' or '.join(map(repr, near))}"
            if near
            else "use a plain colour, or its code",
        ) from error


def _usual_lightness(colours: NDArray[np.uint8]) -> float:
    """Return the median lightness of a sample of the pixels: (N, 3)."""
    import numpy as np

    some = colours[:: 1 + len(colours) // PIXELS_AT_ONCE]
    return float(np.median(srgb_to_oklab(some)[:, 0]))


def _shaded(
    colours: NDArray[np.float32], wanted: NDArray[np.float32], usual: float
) -> NDArray[np.float32]:
    """Replace the hue and chroma by the target's, and shift lightness around the usual one."""
    import numpy as np

    light = float(wanted[0])
    gap = colours[..., 0] - usual
    rise = min(1.0, (1 - light) / max(1 - usual, 1e-3))
    fall = min(MOST_CONTRAST, light / max(usual, 1e-3))
    lightness = (light + np.where(gap > 0, gap * rise, gap * fall)).clip(0, 1)
    # Shadows are less saturated than lit areas, and reflections are white.
    shadow = (lightness / max(light, 1e-3)).clip(0, 1)
    shine = ((1 - lightness) / max(1 - light, 1e-3)).clip(0, 1)
    colour = (shadow * shine)[..., None] * wanted[1:]
    return np.concatenate([lightness[..., None], colour], axis=-1, dtype=np.float32)
