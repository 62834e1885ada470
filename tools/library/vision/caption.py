"""Describe an image in a sentence (image captioning)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Image, Model, Region, tool
from tools.signal.image_regions import crop_to_region


class Captioner(Model, ABC):
    """An image captioning model."""

    @abstractmethod
    def caption(self, image: Image) -> str:
        """Return one sentence about the whole image."""


@tool(words="Describe {image} in one sentence[, only {region}]")
def caption(model: Captioner, image: Image, region: Region | None = None) -> str:
    """Describe a picture, or a region of it, in one sentence: what is in it, how many, and where.

    >>> sentence = caption(scene)
    """
    return model.caption(crop_to_region(image, region))
