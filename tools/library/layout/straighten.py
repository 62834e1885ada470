"""Turn a tilted picture level."""

from __future__ import annotations

from math import cos, radians, sin
from typing import TYPE_CHECKING

import numpy as np

from tools import Image, tool
from tools.library.layout.rotate import turn
from tools.signal.skew_angle import skew_angle

if TYPE_CHECKING:
    import PIL.Image

SMALLEST_ANGLE = 0.2
"""Degrees: what is tilted less looks level, and turning it would blur it."""

PLAIN_EDGE = 6.0
"""Standard deviation of the levels at the edge, below which it is a page and not a scene."""


@tool(words="Turn {image} level")
def straighten(image: Image) -> Image:
    """Turn a tilted or sideways picture upright and level.

    >>> level = straighten(rotate(sign, 4))

    The tilt is that of most straight lines, of text or a horizon, up to 20 degrees; a picture in
    which no direction stands out stays as it is. What a camera noted about its own position has
    been followed when the file was opened.
    """
    angle = skew_angle(image.opaque())
    if angle is None or abs(angle) < SMALLEST_ANGLE:
        return image
    return image.map(lambda pixels: _levelled(pixels, angle))


def _levelled(pixels: PIL.Image.Image, angle: float) -> PIL.Image.Image:
    """Return the picture turned back; a page is filled at its corners, a scene loses its edges."""
    import PIL.Image

    turned = turn(pixels, -angle % 360)
    if pixels.mode == "RGBA":
        return turned.crop(turned.getchannel("A").getbbox())
    edge = _edge_levels(pixels)
    if edge.std(axis=0).max() < PLAIN_EDGE:
        red, green, blue = np.median(edge, axis=0).astype(int).tolist()
        page = PIL.Image.new("RGBA", turned.size, (red, green, blue, 255))
        return PIL.Image.alpha_composite(page, turned).convert("RGB")
    width, height = _inner_size(pixels.width, pixels.height, radians(abs(angle)))
    left, top = (turned.width - width) // 2, (turned.height - height) // 2
    return turned.crop((left, top, left + width, top + height)).convert("RGB")


def _edge_levels(pixels: PIL.Image.Image) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    levels = np.asarray(pixels.convert("RGB"))
    return np.concatenate([levels[0], levels[-1], levels[:, 0], levels[:, -1]])


def _inner_size(width: int, height: int, angle: float) -> tuple[int, int]:
    """Return the largest upright rectangle within a turned one, less a rim of a pixel."""
    long, short = max(width, height), min(width, height)
    sine, cosine = sin(angle), cos(angle)
    if short <= 2 * sine * cosine * long:
        # Two corners of the inner rectangle lie on the middle of the long sides.
        half = 0.5 * short
        inner = (half / sine, half / cosine) if width >= height else (half / cosine, half / sine)
    else:
        square = cosine**2 - sine**2
        inner = (
            (width * cosine - height * sine) / square,
            (height * cosine - width * sine) / square,
        )
    return max(1, int(inner[0]) - 2), max(1, int(inner[1]) - 2)
