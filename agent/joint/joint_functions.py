"""The typed functions of a joint model as conductor: converse, add, generate, retrieve.

The executor runs them like tools, with leases, seeds, lineage and cached results. They are no
tools: plans cannot call them, and no planner is told of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, cast

from agent.joint.arithmetic_request import Operand, Term
from agent.joint.attention_view import draw_attention
from agent.joint.dialogue import Exchange
from agent.joint.joint_reply import JointReply
from tools import Audio, Boxes, Embedding, Image, Model, Video
from tools.library.audio.make_sound import ConditionedSoundMaker
from tools.library.images.draw import ConditionedPainter
from tools.library.video.make_video import ConditionedVideoMaker
from tools.library.vision.compare import Comparer
from tools.models.card import Card
from tools.sdk.plan_types import Value
from tools.sdk.typed_function import TypedFunction, typed_function


class ConversationModel(Model, ABC):
    """A model that reads a dialogue with its media and replies."""

    @abstractmethod
    def converse(self, exchanges: list[Exchange], seed: int = 0) -> JointReply:
        """Reply to the last request; the seed sets the random choices."""

    @abstractmethod
    def add(self, terms: list[Term]) -> JointReply:
        """Add the terms to one image, and describe how each was read."""


@typed_function
def converse(model: ConversationModel, exchanges: list[Value], seed: int = 0) -> list[Value]:
    """Answer the last request, in words and with conditioning for generators."""
    return model.converse([Exchange.from_value(value) for value in exchanges], seed).as_values()


@typed_function
def add(model: ConversationModel, signs: list[int], values: list[Value]) -> list[Value]:
    """Add and subtract images, audio and text; describe and condition the resulting image."""
    terms = zip(signs, cast("list[Operand]", values), strict=True)
    return model.add([Term(sign, value) for sign, value in terms]).as_values()


@typed_function
def draw(model: ConditionedPainter, conditioning: Embedding, seed: int = 0) -> Image:
    """Draw an image from vectors in the space of the painter's own text encoder."""
    return model.paint_from_embedding(conditioning, seed)


@typed_function
def make_video(model: ConditionedVideoMaker, conditioning: Embedding, seed: int = 0) -> Video:
    """Make a video from vectors in the space of the model's own text encoder."""
    return model.video_from_embedding(conditioning, seed)


@typed_function
def make_sound(model: ConditionedSoundMaker, conditioning: Embedding, seed: int = 0) -> Audio:
    """Make audio from vectors in the space of the model's own text encoder."""
    return model.sound_from_embedding(conditioning, seed)


@typed_function
def decode(model: ConditionedPainter, conditioning: Embedding) -> Image:
    """Decode the codes of a joint model to an image."""
    return model.paint_from_embedding(conditioning, 0)


@typed_function
def show_attention(image: Image, objects: Boxes) -> Image:
    """Draw the attention of a joint model into an image as brightness.

    The boxes are percentages, and their scores are shares of the attention.
    """
    return draw_attention(image, objects)


@typed_function
def index(model: Comparer, images: list[Image], space: str) -> Embedding:
    """Embed images in the embedding space of a model, a row for each."""
    return Embedding.of(model.vectors(images), space)


@typed_function
def find(images: list[Image], embeddings: Embedding, query: Embedding) -> Image:
    """Retrieve the image with the embedding most similar to the query."""
    return images[int((embeddings.array() @ query.array()[0]).argmax())]


def generator_function(card: Card) -> TypedFunction[..., Any]:
    """Return the function that runs a generator from vectors or codes."""
    generators = {generator.name: generator for generator in (draw, make_video, make_sound, decode)}
    return next(generators[name] for name in card.tools if name in generators)
