"""The tools of the joint models: converse, add, generate, retrieve.

They are tools in all but one respect: no plan can call them, since nothing is planned.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, cast

from agent.joint.arithmetic_request import Operand, Term
from agent.joint.attention_probe import draw_attention
from agent.joint.dialogue import Exchange, exchanges_of
from agent.joint.joint_reply import JointReply
from tools import Audio, Boxes, Embedding, Image, Model, Tool, Video, tool
from tools.library.audio.make_sound import ConditionedSoundMaker
from tools.library.images.draw import ConditionedPainter
from tools.library.video.make_video import ConditionedVideoMaker
from tools.library.vision.compare import Comparer
from tools.models.card import Card
from tools.sdk.plan_types import Value


class ConversationModel(Model, ABC):
    """A model that reads a dialogue with its media and replies."""

    @abstractmethod
    def converse(self, exchanges: list[Exchange], seed: int = 0) -> JointReply:
        """Reply to the last request; the seed sets the random choices."""

    @abstractmethod
    def add(self, terms: list[Term]) -> JointReply:
        """Add the terms to one image, and describe how each was read."""


@tool
def converse(model: ConversationModel, dialogue: list[Value], seed: int = 0) -> list[Value]:
    """Answer the last request of a dialogue, in words and with what generators shall make."""
    return model.converse(exchanges_of(dialogue), seed).as_values()


@tool
def add(model: ConversationModel, signs: list[int], values: list[Value]) -> list[Value]:
    """Add pictures, sounds and words, or take them away, and say what picture would come of it."""
    terms = zip(signs, cast("list[Operand]", values), strict=True)
    return model.add([Term(sign, value) for sign, value in terms]).as_values()


@tool
def draw(model: ConditionedPainter, told: Embedding, seed: int = 0) -> Image:
    """Draw a picture from vectors in the space of the painter's own text encoder."""
    return model.paint_from_embedding(told, seed)


@tool
def make_video(model: ConditionedVideoMaker, told: Embedding, seed: int = 0) -> Video:
    """Make a film from vectors in the space of the film maker's own text encoder."""
    return model.video_from_embedding(told, seed)


@tool
def make_sound(model: ConditionedSoundMaker, told: Embedding, seed: int = 0) -> Audio:
    """Make a sound from vectors in the space of the sound maker's own text encoder."""
    return model.sound_from_embedding(told, seed)


@tool
def decode(model: ConditionedPainter, told: Embedding) -> Image:
    """Show the picture that a joint model has written in codes."""
    return model.paint_from_embedding(told, 0)


@tool
def show_looked(image: Image, things: Boxes) -> Image:
    """Show in a picture where a joint model looked: the brighter, the more.

    The boxes are in parts of a hundred, and their scores are shares of its attention.
    """
    return draw_attention(image, things)


@tool
def index(model: Comparer, images: list[Image], space: str) -> Embedding:
    """Say where pictures lie in the space of the model that is named: a row for each."""
    return Embedding.of(model.vectors(images), space)


@tool
def find(images: list[Image], places: Embedding, sought: Embedding) -> Image:
    """Find the picture that lies nearest to where one is sought."""
    return images[int((places.array() @ sought.array()[0]).argmax())]


def generator_tool(card: Card) -> Tool[..., Any]:
    """Return the tool that runs a generator from vectors or codes."""
    generators = {tool.name: tool for tool in (draw, make_video, make_sound, decode)}
    return next(generators[name] for name in card.tools if name in generators)
