"""Segment scenes of the sprite world into background and objects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.media import Image
from tools.sprites.scene_domain import estimate_background

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GRID = 64
"""Cells per side of the grid for connected components."""
MIN_DIFFERENCE = 24
"""Minimum colour difference between object and background."""
MIN_CELLS = 12
"""Minimum size of an object in cells."""


@dataclass(frozen=True, eq=False)
class SceneObject:
    """An object cut out of an image."""

    cut_out: NDArray[np.float32]
    """RGBA with premultiplied alpha, from 0 to 1: (height, width, 4)."""
    box: tuple[int, int, int, int]
    """Left, top, right, bottom in pixels."""
    mask: NDArray[np.bool_]
    """Its pixels in the image."""


def find_objects(image: Image) -> tuple[NDArray[np.uint8], list[SceneObject]]:
    """Return the background and the connected objects on it, largest first."""
    import cv2
    import numpy as np
    import PIL.Image

    pixels = np.asarray(image.opaque())
    height, width = pixels.shape[:2]
    background = estimate_background(image)
    difference = np.abs(pixels.astype(np.int16) - background).max(axis=2)
    cells = PIL.Image.fromarray((difference > MIN_DIFFERENCE).astype(np.uint8) * 255).resize(
        (GRID, GRID), PIL.Image.Resampling.BOX
    )
    foreground = (np.asarray(cells) > 100).astype(np.uint8)
    components = cv2.connectedComponents(foreground, connectivity=8)[1]
    upscaled = PIL.Image.fromarray(components).resize((width, height), PIL.Image.Resampling.NEAREST)
    component_map = np.asarray(upscaled)
    objects = [
        _extract_object(pixels, background, component_map == component)
        for component in np.unique(components)
        if component and (components == component).sum() >= MIN_CELLS
    ]
    return background, sorted(objects, key=lambda item: -int(item.mask.sum()))


def _extract_object(
    pixels: NDArray[np.uint8], background: NDArray[np.uint8], mask: NDArray[np.bool_]
) -> SceneObject:
    import numpy as np

    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    inside = (slice(top, bottom), slice(left, right))
    difference = np.abs(pixels[inside].astype(np.float32) - background[inside]).max(axis=2)
    # Small differences are antialiased edges, which blend with the background.
    alpha = ((difference - MIN_DIFFERENCE / 3) / MIN_DIFFERENCE).clip(0, 1) * mask[inside]
    colours = pixels[inside].astype(np.float32) / 255
    premultiplied = colours - (1 - alpha[..., None]) * background[inside].astype(np.float32) / 255
    cut_out = np.dstack([premultiplied.clip(0, 1), alpha]).astype(np.float32)
    return SceneObject(cut_out, (int(left), int(top), int(right), int(bottom)), mask)
