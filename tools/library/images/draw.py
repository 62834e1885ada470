"""Draw a picture from words."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Embedding, Image, Model, tool
from tools.sdk.argument_checks import require_prompt


class Painter(Model, ABC):
    """A model that makes a picture from a description."""

    @abstractmethod
    def paint(self, prompt: str, seed: int) -> Image:
        """The picture; the same for the same words and seed."""


class ToldPainter(Model, ABC):
    """A painter that can also be told by vectors what to draw, in the space of its text encoder."""

    @abstractmethod
    def paint_told(self, embedding: Embedding, seed: int) -> Image:
        """The picture; the same for the same vectors and seed."""


@tool(words="Draw “{prompt}”")
def draw(model: Painter, prompt: str, seed: int = 0) -> Image:
    """Draw a picture from a description: how many of which things, where, on which background.

    >>> picture = draw(prompt="six apples on a blue background")
    """
    require_prompt(prompt, "to draw", '"six apples"')
    return model.paint(prompt, seed)
