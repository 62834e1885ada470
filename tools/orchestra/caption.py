"""Say in a sentence what a picture shows."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Image, Model, tool


class Captioner(Model, ABC):
    """A model that puts a picture into words."""

    @abstractmethod
    def caption(self, image: Image) -> str:
        """One sentence about the whole picture."""


@tool
def caption(model: Captioner, image: Image) -> str:
    """Describe a picture in one sentence: what is in it, how many, and where.

    >>> sentence = caption(scene)
    """
    return model.caption(image)
