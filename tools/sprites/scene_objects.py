"""Segment scenes of the sprite world into background and objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.media import Image
from tools.sprites.scene_domain import background_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GRID = 64
"""Cells per side of the grid for connected components."""
DIFFERENT = 24
"""Minimum colour difference between object and background."""
SMALLEST = 12
"""Minimum size of an object in cells."""


@dataclass(frozen=True, eq=False)
class FoundThing:
    """An object cut out of an image."""

    cut_out: NDArray[np.float32]
    """RGBA with premultiplied alpha, from 0 to 1: (height, width, 4)."""
    box: tuple[int, int, int, int]
    """Left, top, right, bottom in pixels."""
    mask: NDArray[np.bool_]
    """Its pixels in the image."""


def things_in(image: Image) -> tuple[NDArray[np.uint8], list[FoundThing]]:
    """Return the background and the connected objects on it, largest first."""
    import numpy as np
    import PIL.Image

    pixels = np.asarray(image.opaque())
    height, width = pixels.shape[:2]
    ground = background_of(image)
    off = np.abs(pixels.astype(np.int16) - ground).max(axis=2)
    cells = PIL.Image.fromarray((off > DIFFERENT).astype(np.uint8) * 255).resize(
        (GRID, GRID), PIL.Image.Resampling.BOX
    )
    numbers = _numbered(np.asarray(cells) > 100)
    spread = PIL.Image.fromarray(numbers.astype(np.int32)).resize(
        (width, height), PIL.Image.Resampling.NEAREST
    )
    at = np.asarray(spread)
    found = [
        _cut_out(pixels, ground, at == number)
        for number in np.unique(numbers)
        if number and (numbers == number).sum() >= SMALLEST
    ]
    return ground, sorted(found, key=lambda thing: -int(thing.mask.sum()))


def _numbered(there: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Label connected components, 8-connected; 0 is background."""
    import numpy as np

    numbers = np.where(there, np.arange(1, there.size + 1).reshape(there.shape), 0)
    while True:
        around = np.pad(numbers, 1)
        rows, columns = there.shape
        near = [
            around[1 + down : 1 + down + rows, 1 + right : 1 + right + columns]
            for down in (-1, 0, 1)
            for right in (-1, 0, 1)
        ]
        spread = np.where(there, np.max(near, axis=0), 0)
        if np.array_equal(spread, numbers):
            return numbers
        numbers = spread


def _cut_out(
    pixels: NDArray[np.uint8], ground: NDArray[np.uint8], mask: NDArray[np.bool_]
) -> FoundThing:
    import numpy as np

    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    inside = (slice(top, bottom), slice(left, right))
    off = np.abs(pixels[inside].astype(np.float32) - ground[inside]).max(axis=2)
    # Small differences are antialiased edges, which blend with the background.
    alpha = ((off - DIFFERENT / 3) / DIFFERENT).clip(0, 1) * mask[inside]
    colours = pixels[inside].astype(np.float32) / 255
    seen = colours - (1 - alpha[..., None]) * ground[inside].astype(np.float32) / 255
    cut_out = np.dstack([seen.clip(0, 1), alpha]).astype(np.float32)
    return FoundThing(cut_out, (int(left), int(top), int(right), int(bottom)), mask)
