"""Find the faces in a picture."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Boxes, Image, Model, Region, tool
from tools.signal.image_regions import crop_to_region, to_image_coordinates


class FaceFinder(Model, ABC):
    """A model that sees where faces are, and not whose."""

    @abstractmethod
    def faces(self, image: Image) -> Boxes:
        """A box with the label "face" around each, the surest first."""


@tool(words="Find faces in {image}[, within {region}]")
def faces(model: FaceFinder, image: Image, region: Region | None = None) -> Boxes:
    """Find faces in a picture, as boxes to count, crop or draw; detect does not know faces.

    >>> found = draw_boxes(portrait, faces(portrait))
    """
    return to_image_coordinates(model.faces(crop_to_region(image, region)), image, region)
