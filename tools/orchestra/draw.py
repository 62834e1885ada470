"""Draw a picture from words."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import BadArgument, Image, Model, tool


class Painter(Model, ABC):
    """A model that makes a picture from a description."""

    @abstractmethod
    def paint(self, prompt: str, seed: int) -> Image:
        """The picture; the same for the same words and seed."""


@tool
def draw(model: Painter, prompt: str, seed: int = 0) -> Image:
    """Draw a picture from a description: how many of which things, where, on which background.

    >>> picture = draw(prompt="six apples on a blue background")
    """
    if not prompt.strip():
        raise BadArgument(
            f"there is nothing to draw in {prompt!r}", hint='say what, as in "six apples"'
        )
    return model.paint(prompt, seed)
