"""Detect the edges of an image."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Image, Model, tool


class EdgeFinder(Model, ABC):
    """An edge detection model."""

    @abstractmethod
    def edges(self, image: Image) -> Image:
        """Return an image of the same size: edges white, everything else black."""


@tool
def edges(model: EdgeFinder, image: Image) -> Image:
    """Draw the outlines of the things in a picture, white on black.

    >>> outlines = edges(photo)
    """
    return model.edges(image)
