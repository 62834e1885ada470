"""Answer a question about a picture."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import BadArgument, Image, Model, tool


class Answerer(Model, ABC):
    """A model that answers questions about pictures."""

    @abstractmethod
    def answer(self, image: Image, question: str) -> str:
        """A few words, such as "3", "yes" or "left of"."""


@tool
def ask_image(model: Answerer, image: Image, question: str) -> str:
    """Answer a question about a picture, such as "how many dogs are there?", in a few words.

    >>> number = ask_image(scene, "how many apples are there?")
    """
    if not any(character.isalnum() for character in question):
        raise BadArgument(
            f"there is no question in {question[:60]!r}",
            hint='ask in words, as in ask_image(image1, "what is left of the house?")',
        )
    return model.answer(image, question)
