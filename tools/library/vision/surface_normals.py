"""Estimate the surface normals of an image from its depth."""

from __future__ import annotations

import numpy as np
import PIL.Image

from tools import Image, tool
from tools.library.vision.depth import SMALLEST_SIDE, DepthFinder
from tools.sdk.argument_checks import require_sides

RELIEF = 0.5
"""The distance from nearest to farthest, of the longer side: models estimate no absolute depth."""


@tool(words="Show which way the surfaces of {image} face")
def surface_normals(model: DepthFinder, image: Image) -> Image:
    """Show which way the surfaces in a picture face, as a normal map: red right, green up.

    >>> normals = surface_normals(photo)
    """
    require_sides(image, SMALLEST_SIDE, "shows no surfaces")
    nearness = np.asarray(model.inverse_depth(image).pixels.convert("L"), np.float64) / 255
    height = nearness * RELIEF * max(nearness.shape)
    down, right = np.gradient(height)
    normals = np.stack([-right, down, np.ones_like(height)], axis=-1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return Image(PIL.Image.fromarray(np.round((normals + 1) * 127.5).astype(np.uint8)))
