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
from tools import Audio, Embedding, Image, Model, Tool, Video, tool
from tools.orchestra.compare import Comparer
from tools.orchestra.draw import ToldPainter
from tools.orchestra.make_sound import ToldSoundMaker
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


@tool
def make_sound(model: ToldSoundMaker, told: Embedding, seed: int = 0) -> Audio:
    """Make a sound from vectors in the space of the sound maker's own text encoder."""
    return model.sound_told(told, seed)


@tool
def index(model: Comparer, images: list[Image], space: str) -> Embedding:
    """Say where pictures lie in the space of the model that is named: a row for each."""
    return Embedding.of(model.vectors(images), space)


@tool
def find(images: list[Image], places: Embedding, sought: Embedding) -> Image:
    """Find the picture that lies nearest to where one is sought."""
    return images[int((places.array() @ sought.array()[0]).argmax())]


MAKERS: Mapping[Medium, Tool[..., Any]] = {
    "image": draw, "video": make_video, "audio": make_sound
}  # fmt: skip
"""What makes each medium that a joint model may ask for."""
