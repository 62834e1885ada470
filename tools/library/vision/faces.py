"""Detect faces in an image."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Boxes, Image, Model, Region, tool
from tools.signal.image_regions import crop_to_region, to_image_coordinates


class FaceFinder(Model, ABC):
    """A face detection model; it does not identify people."""

    @abstractmethod
    def faces(self, image: Image) -> Boxes:
        """Return a box with the label "face" around each face, best first."""


@tool(words="Find faces in {image}[, within {region}]")
def faces(model: FaceFinder, image: Image, region: Region | None = None) -> Boxes:
    """Find faces in a picture, as boxes to count, crop or draw; detect does not know faces.

    >>> found = draw_boxes(portrait, faces(portrait))
    """
    return to_image_coordinates(model.faces(crop_to_region(image, region)), image, region)
