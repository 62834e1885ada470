"""Find the faces in a picture."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Boxes, Image, Model, tool


class FaceFinder(Model, ABC):
    """A model that sees where faces are, and not whose."""

    @abstractmethod
    def faces(self, image: Image) -> Boxes:
        """A box with the label "face" around each, the surest first."""


@tool
def faces(model: FaceFinder, image: Image) -> Boxes:
    """Find faces in a picture, as boxes to count, crop or draw; detect does not know faces.

    >>> found = draw_boxes(portrait, faces(portrait))
    """
    return model.faces(image)
