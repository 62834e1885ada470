"""Show how near things are."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Image, Model, tool
from tools.sdk.argument_checks import require_sides

SMALLEST_SIDE = 16


class DepthFinder(Model, ABC):
    """A model that sees how far away things are."""

    @abstractmethod
    def nearness(self, image: Image) -> Image:
        """A grey picture of the same size: white is the nearest place in it, black the farthest."""


@tool
def depth(model: DepthFinder, image: Image) -> Image:
    """Show how near the things in a picture are: the nearer the brighter, the farthest black.

    >>> distances = depth(photo)
    """
    require_sides(image, SMALLEST_SIDE, "shows no depth")
    return model.nearness(image)
