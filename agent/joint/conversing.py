"""What Architecture II does for a request: it converses, and has generators make what it asks for.

These are tools in all but one respect: no plan can call them, since nothing is planned.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from agent.joint.dialogue import Exchange, exchanges_of
from agent.joint.reply import Reply
from agent.joint.shape import Medium
from tools import Embedding, Image, Model, Tool, Video, tool
from tools.orchestra.draw import ToldPainter
from tools.orchestra.make_video import ToldFilmMaker
from tools.types import Value


class Conversationalist(Model, ABC):
    """A model that reads a dialogue with its media, and answers."""

    @abstractmethod
    def converse(self, exchanges: list[Exchange]) -> Reply:
        """The answer to the last request."""


@tool
def converse(model: Conversationalist, dialogue: list[Value]) -> list[Value]:
    """Answer the last request of a dialogue, in words and with what generators shall make."""
    return model.converse(exchanges_of(dialogue)).as_values()


@tool
def draw(model: ToldPainter, told: Embedding, seed: int = 0) -> Image:
    """Draw a picture from vectors in the space of the painter's own text encoder."""
    return model.paint_told(told, seed)


@tool
def make_video(model: ToldFilmMaker, told: Embedding, seed: int = 0) -> Video:
    """Make a film from vectors in the space of the film maker's own text encoder."""
    return model.film_told(told, seed)


MAKERS: Mapping[Medium, Tool[..., Any]] = {"image": draw, "video": make_video}
"""What makes each medium that a joint model may ask for."""
