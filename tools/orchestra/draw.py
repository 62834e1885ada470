"""Draw a picture from words."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Image, Model, tool
from tools.arguments import require_prompt


class Painter(Model, ABC):
    """A model that makes a picture from a description."""

    @abstractmethod
    def paint(self, prompt: str, seed: int) -> Image:
        """The picture; the same for the same words and seed."""


@tool(words="Draw “{prompt}”")
def draw(model: Painter, prompt: str, seed: int = 0) -> Image:
    """Draw a picture from a description: how many of which things, where, on which background.

    >>> picture = draw(prompt="six apples on a blue background")
    """
    require_prompt(prompt, "to draw", '"six apples"')
    return model.paint(prompt, seed)
