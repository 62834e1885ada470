"""Say in a sentence what a picture shows."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Image, Model, Region, tool
from tools.signal.image_regions import crop_to_region


class Captioner(Model, ABC):
    """A model that puts a picture into words."""

    @abstractmethod
    def caption(self, image: Image) -> str:
        """One sentence about the whole picture."""


@tool(words="Describe {image} in one sentence[, only {region}]")
def caption(model: Captioner, image: Image, region: Region | None = None) -> str:
    """Describe a picture, or a region of it, in one sentence: what is in it, how many, and where.

    >>> sentence = caption(scene)
    """
    return model.caption(crop_to_region(image, region))
