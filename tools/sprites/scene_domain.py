"""Detect whether an image is a scene of the sprite world.

The small models know only scenes. These have one of eight plain backgrounds or a gradient between
two of them, which covers most of their edges. A generated background is even too, but its colours
are up to 60 of 255 away from these: 3 of 100 drawings with a gradient had them exactly.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeVar

from tools.media import Image

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_Number = TypeVar("_Number", bound="np.generic")

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
MIN_EVEN_SHARE = 0.6
"""Share of the edge that a linear gradient fits in a generated background."""
EVEN_TOLERANCE = 4
"""Maximum distance of these pixels from the gradient, far below the texture of a photo."""
FIT_TOLERANCES = (60, 30, 15, 8, EVEN_TOLERANCE, EVEN_TOLERANCE)
"""The tolerances of successive fits, each to the pixels that the one before it fits."""
MIN_SLOPE, MAX_SLOPE_DISTANCE = 10, 60
"""A generated gradient: its slope over the image, and its distance from one of the exact ones."""
MIN_HUE, MAX_HUE_DISTANCE = 30, 30
"""A generated background of one colour: the range of its channels, which grey and white paper do
not have, and its distance from one of the exact ones. Signs and walls are further away."""


def is_scene(image: Image) -> bool:
    """Return whether an image may be a scene of the sprite world."""
    import numpy as np

    edge = _edge_of(image)
    distances = _distances(edge)
    exact_share = (distances < COLOUR_TOLERANCE).mean(axis=1).max()
    if exact_share >= MIN_BACKGROUND_SHARE:
        return True
    distance = float(np.quantile(distances, MIN_BACKGROUND_SHARE, axis=1).min())
    return distance <= MAX_SLOPE_DISTANCE and _is_generated(edge, distance)


def estimate_background(image: Image) -> NDArray[np.uint8]:
    """Return the background that is most similar to the image's edges.

    It is one of the exact ones, or a linear gradient where none of these matches.
    """
    import numpy as np

    edge = _edge_of(image)
    shares = (_distances(edge) < COLOUR_TOLERANCE).mean(axis=1)
    gradient_fit = _fit_gradient(edge)
    if gradient_fit is not None and shares.max() < MIN_BACKGROUND_SHARE:
        return _render_gradient(gradient_fit, image.width, image.height)
    index = int(shares.argmax())
    across, fade = divmod(index, len(BACKGROUNDS) ** 2)
    first, second = (np.array(BACKGROUNDS[colour]) for colour in divmod(fade, len(BACKGROUNDS)))
    share = np.linspace(0, 1, image.width if across else image.height)[:, None]
    gradient = (first * (1 - share) + second * share).round().astype(np.uint8)
    shape = (image.height, image.width, 3)
    return np.broadcast_to(gradient[None] if across else gradient[:, None], shape).copy()


def _render_gradient(
    coefficients: NDArray[np.float64], width: int, height: int
) -> NDArray[np.uint8]:
    """Render a linear gradient: (height, width, 3)."""
    import numpy as np

    down = np.linspace(-0.5, 0.5, height)[:, None, None] * coefficients[0]
    across = np.linspace(-0.5, 0.5, width)[None, :, None] * coefficients[1]
    return (down + across + coefficients[2]).round().clip(0, 255).astype(np.uint8)


def _edge_of(image: Image) -> NDArray[np.int16]:
    """Return the pixels of the image's edge: (pixels, 3)."""
    import numpy as np

    return _edge_pixels(np.asarray(image.opaque().resize((SIDE, SIDE)), np.int16)[None])[0]


def _distances(edge: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the distance of each edge pixel from each background: (backgrounds, pixels)."""
    import numpy as np

    return np.abs(_background_edges() - edge).max(axis=2)


def _is_generated(edge: NDArray[np.int16], distance: float) -> bool:
    """Return whether a linear gradient fits the edge, and has the slope or hue that it needs."""
    import numpy as np

    coefficients = _fit_gradient(edge)
    if coefficients is None:
        return False
    has_slope = np.abs(coefficients[:2]).max() >= MIN_SLOPE
    has_hue = np.ptp(coefficients[2]) >= MIN_HUE and distance <= MAX_HUE_DISTANCE
    return bool(has_slope or has_hue)


def _fit_gradient(edge: NDArray[np.int16]) -> NDArray[np.float64] | None:
    """Return the gradient that fits most of the edge: slope down, slope across, colour; or None."""
    import numpy as np

    positions, colours = _edge_positions(), edge.astype(np.float64)
    fits = np.ones(len(edge), np.bool_)
    coefficients = np.zeros((3, 3))
    for tolerance in FIT_TOLERANCES:
        coefficients = np.linalg.lstsq(positions[fits], colours[fits], rcond=None)[0]
        fits = np.abs(colours - positions @ coefficients).max(axis=1) < tolerance
        if fits.mean() < MIN_EVEN_SHARE:
            return None
    return coefficients.astype(np.float64, copy=False)


def _edge_pixels(images: NDArray[_Number]) -> NDArray[_Number]:
    """Return the edge pixels of each image: (images, pixels, 3)."""
    import numpy as np

    interior = np.zeros((SIDE, SIDE), np.bool_)
    interior[EDGE_WIDTH:-EDGE_WIDTH, EDGE_WIDTH:-EDGE_WIDTH] = True
    return images[:, ~interior]


@cache
def _edge_positions() -> NDArray[np.float64]:
    """Return row and column of each edge pixel, from -0.5 to 0.5, and a one: (pixels, 3)."""
    import numpy as np

    along = np.linspace(-0.5, 0.5, SIDE)
    rows, columns = np.meshgrid(along, along, indexing="ij")
    positions = np.stack([rows, columns, np.ones_like(rows)], axis=2)
    return _edge_pixels(positions[None])[0]


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
