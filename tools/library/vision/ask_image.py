"""Answer a question about an image (visual question answering)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Image, Model, Region, tool
from tools.sdk.argument_checks import require_question
from tools.signal.image_regions import crop_to_region


class Answerer(Model, ABC):
    """A visual question answering model."""

    @abstractmethod
    def answer(self, image: Image, question: str) -> str:
        """Answer in a few words, such as "3", "yes" or "left of"."""


@tool(words="Look at {image}[, only {region}]: “{question}”")
def ask_image(model: Answerer, image: Image, question: str, region: Region | None = None) -> str:
    """Answer a question about a picture, such as "how many dogs are there?", in a few words.

    >>> number = ask_image(scene, "how many apples are there?")
    """
    require_question(question, 'ask_image(image1, "what is left of the house?")')
    return model.answer(crop_to_region(image, region), question)
