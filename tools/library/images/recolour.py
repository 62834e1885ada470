"""Recolour an image or a region of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tools import Image, Region, check_stop, progress, tool
from tools.signal.colour_names import rgb_of
from tools.signal.image_regions import composite_in_region
from tools.signal.oklab import oklab_to_srgb, srgb_to_oklab

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_CONTRAST = 1.5
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

    target = srgb_to_oklab(np.asarray(rgb_of(colour), np.uint8))
    mask = PIL.Image.new("L", image.pixels.size, 255)
    if region is not None:
        region.bounds(image.width, image.height)
        mask = region.mask(image.width, image.height)
    colours = image.array()
    median = _median_lightness(colours[np.asarray(mask) > 0])
    painted = np.empty_like(colours)
    rows = max(1, PIXELS_AT_ONCE // image.width)
    for top in range(0, image.height, rows):
        check_stop()
        progress(top / image.height)
        strip = slice(top, top + rows)
        painted[strip] = oklab_to_srgb(_shade(srgb_to_oklab(colours[strip]), target, median))
    dyed = Image(PIL.Image.fromarray(painted))
    return composite_in_region(image, dyed, region).transparent_as(image)


def _median_lightness(colours: NDArray[np.uint8]) -> float:
    """Return the median lightness of a sample of the pixels: (N, 3)."""
    import numpy as np

    sample = colours[:: 1 + len(colours) // PIXELS_AT_ONCE]
    return float(np.median(srgb_to_oklab(sample)[:, 0]))


def _shade(
    colours: NDArray[np.float32], target: NDArray[np.float32], median: float
) -> NDArray[np.float32]:
    """Replace the hue and chroma by the target's, and shift lightness around the usual one."""
    import numpy as np

    light = float(target[0])
    gap = colours[..., 0] - median
    rise = min(1.0, (1 - light) / max(1 - median, 1e-3))
    fall = min(MAX_CONTRAST, light / max(median, 1e-3))
    lightness = (light + np.where(gap > 0, gap * rise, gap * fall)).clip(0, 1)
    # Shadows are less saturated than lit areas, and reflections are white.
    shadow = (lightness / max(light, 1e-3)).clip(0, 1)
    shine = ((1 - lightness) / max(1 - light, 1e-3)).clip(0, 1)
    colour = (shadow * shine)[..., None] * target[1:]
    return np.concatenate([lightness[..., None], colour], axis=-1, dtype=np.float32)
