"""Give things another colour."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from tools import BadArgument, Image, Region, check_stop, progress, tool

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SOFT_EDGE = 1.5
"""Pixels over which the new colour fades out, so that the edge of a region does not look cut."""

MOST_CONTRAST = 1.5
"""How much shadows may deepen: the noise of something black, made white, would show beyond it."""

PIXELS_AT_ONCE = 1_000_000
"""Some 100 bytes each while they are being painted."""

# Björn Ottosson's OKLab, whose lightness is the one people see, unlike that of HSV.
# https://bottosson.github.io/posts/oklab/
TO_CONES = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
TO_LAB = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


@tool
def recolour(image: Image, colour: str, region: Region | None = None) -> Image:
    """Give a picture, or a region of it, another colour such as "red"; light and shadow stay.

    >>> blue_cup = recolour(photo, "blue", segment(photo, detect(photo, label="cup")))
    """
    import numpy as np
    import PIL.Image
    import PIL.ImageFilter

    wanted = _lab(np.asarray(_rgb(colour), np.uint8))
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
        painted[strip] = _srgb(_shaded(_lab(colours[strip]), wanted, usual))
    dyed = PIL.Image.fromarray(painted)
    if region is not None:
        part = part.filter(PIL.ImageFilter.GaussianBlur(SOFT_EDGE))
    return Image(PIL.Image.composite(dyed, image.opaque(), part)).transparent_as(image)


def _rgb(colour: str) -> tuple[int, ...]:
    import PIL.ImageColor

    # "Dark blue" is CSS's "darkblue".
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
    """The lightness that half of these pixels exceed, told from some of them: (N, 3)."""
    import numpy as np

    some = colours[:: 1 + len(colours) // PIXELS_AT_ONCE]
    return float(np.median(_lab(some)[:, 0]))


def _shaded(
    lab: NDArray[np.float32], wanted: NDArray[np.float32], usual: float
) -> NDArray[np.float32]:
    """The wanted colour where the part is of its usual lightness, darker and lighter as it is."""
    import numpy as np

    light = float(wanted[0])
    gap = lab[..., 0] - usual
    rise = min(1.0, (1 - light) / max(1 - usual, 1e-3))
    fall = min(MOST_CONTRAST, light / max(usual, 1e-3))
    lightness = (light + np.where(gap > 0, gap * rise, gap * fall)).clip(0, 1)
    # Shadows are less colourful than what lies in the light, and reflections are white.
    shadow = (lightness / max(light, 1e-3)).clip(0, 1)
    shine = ((1 - lightness) / max(1 - light, 1e-3)).clip(0, 1)
    colour = (shadow * shine)[..., None] * wanted[1:]
    return np.concatenate([lightness[..., None], colour], axis=-1, dtype=np.float32)


def _lab(srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    import numpy as np

    shown = np.asarray(srgb, np.float32) / 255
    linear = np.where(shown <= 0.04045, shown / 12.92, ((shown + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ np.asarray(TO_CONES).T) @ np.asarray(TO_LAB).T, np.float32)


def _srgb(lab: NDArray[np.float32]) -> NDArray[np.uint8]:
    import numpy as np

    cones = (lab @ np.linalg.inv(np.asarray(TO_LAB)).T) ** 3
    linear = (cones @ np.linalg.inv(np.asarray(TO_CONES)).T).clip(0, 1)
    shown = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.asarray((shown * 255).round(), np.uint8)
