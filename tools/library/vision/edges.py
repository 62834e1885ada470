"""Draw the outlines of a picture."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Image, Model, tool


class EdgeFinder(Model, ABC):
    """A model that sees where one thing ends and another begins."""

    @abstractmethod
    def edges(self, image: Image) -> Image:
        """A picture of the same size: white where there is an edge, black elsewhere."""


@tool
def edges(model: EdgeFinder, image: Image) -> Image:
    """Draw the outlines of the things in a picture, white on black.

    >>> outlines = edges(photo)
    """
    return model.edges(image)
