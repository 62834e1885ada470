"""Draw an image from a text prompt."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Embedding, Image, Model, tool
from tools.sdk.argument_checks import require_prompt


class Painter(Model, ABC):
    """A text-to-image model."""

    @abstractmethod
    def paint(self, prompt: str, seed: int) -> Image:
        """Draw an image; the same prompt and seed give the same image."""


class ConditionedPainter(Model, ABC):
    """A text-to-image model that also accepts embeddings in the space of its text encoder."""

    @abstractmethod
    def paint_from_embedding(self, embedding: Embedding, seed: int) -> Image:
        """Draw an image; the same embedding and seed give the same image."""


@tool(words="Draw “{prompt}”")
def draw(model: Painter, prompt: str, seed: int = 0) -> Image:
    """Draw a picture from a description: how many of which things, where, on which background.

    >>> picture = draw(prompt="six apples on a blue background")
    """
    require_prompt(prompt, "to draw", '"six apples"')
    return model.paint(prompt, seed)
