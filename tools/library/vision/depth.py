"""Estimate the depth of an image."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Image, Model, tool
from tools.sdk.argument_checks import require_sides

SMALLEST_SIDE = 16


class DepthFinder(Model, ABC):
    """A monocular depth estimation model."""

    @abstractmethod
    def inverse_depth(self, image: Image) -> Image:
        """Return a grey image of the same size: white is nearest, black farthest."""


@tool
def depth(model: DepthFinder, image: Image) -> Image:
    """Show how near the things in a picture are: the nearer the brighter, the farthest black.

    >>> distances = depth(photo)
    """
    require_sides(image, SMALLEST_SIDE, "shows no depth")
    return model.inverse_depth(image)
