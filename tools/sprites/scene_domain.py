"""Detect whether an image is a scene of the sprite world.

The small models know only scenes. These have one of eight plain backgrounds or a gradient between
two of them, which covers most of their edges.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tools.media import Image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BACKGROUNDS = (
    (248, 248, 246), (26, 26, 30), (150, 152, 158), (88, 148, 236),
    (112, 192, 108), (252, 226, 112), (250, 168, 200), (150, 104, 206),
)  # fmt: skip
SIDE = 64
EDGE_WIDTH = 3
"""Width of the tested edge in pixels, in an image of SIDE pixels."""
COLOUR_TOLERANCE = 8
"""Colour tolerance: above noise and rounding, below the distance to the white of paper (255)."""
MIN_BACKGROUND_SHARE = 0.4
"""Share of the edge: 5 of 1,000 scenes had less background there; 16 of 552 crops of 46 other
images had more, all of them crops of two charts."""


def is_scene(image: Image) -> bool:
    """Return whether an image may be a scene of the sprite world."""
    import numpy as np

    return bool(np.max(_background_shares(image)) >= MIN_BACKGROUND_SHARE)


def estimate_background(image: Image) -> NDArray[np.uint8]:
    """Return the scene background that is most similar to the image's edges."""
    import numpy as np

    index = int(_background_shares(image).argmax())
    across, fade = divmod(index, len(BACKGROUNDS) ** 2)
    first, second = (np.array(BACKGROUNDS[colour]) for colour in divmod(fade, len(BACKGROUNDS)))
    share = np.linspace(0, 1, image.width if across else image.height)[:, None]
    gradient = (first * (1 - share) + second * share).round().astype(np.uint8)
    shape = (image.height, image.width, 3)
    return np.broadcast_to(gradient[None] if across else gradient[:, None], shape).copy()


def _background_shares(image: Image) -> NDArray[np.floating]:
    """Return the share of the image's edge that matches each background."""
    import numpy as np

    pixels = np.asarray(image.opaque().resize((SIDE, SIDE)), np.int16)
    difference = np.abs(_background_edges() - _edge_pixels(pixels[None])).max(axis=2)
    return (difference < COLOUR_TOLERANCE).mean(axis=1)


def _edge_pixels(images: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the edge pixels of each image: (images, pixels, 3)."""
    import numpy as np

    interior = np.zeros((SIDE, SIDE), np.bool_)
    interior[EDGE_WIDTH:-EDGE_WIDTH, EDGE_WIDTH:-EDGE_WIDTH] = True
    return images[:, ~interior]


@cache
def _background_edges() -> NDArray[np.int16]:
    """Return the edge pixels of all backgrounds: (backgrounds, pixels, 3)."""
    import numpy as np

    share = np.linspace(0, 1, SIDE)[:, None]
    fades = [
        np.array(first) * (1 - share) + np.array(second) * share
        for first in BACKGROUNDS
        for second in BACKGROUNDS
    ]
    down = [np.broadcast_to(fade[:, None], (SIDE, SIDE, 3)) for fade in fades]
    across = [np.broadcast_to(fade[None], (SIDE, SIDE, 3)) for fade in fades]
    return _edge_pixels(np.stack(down + across).round().astype(np.int16))
