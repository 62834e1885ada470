"""Make a film from words."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Embedding, Model, Video, tool
from tools.sdk.argument_checks import require_between, require_prompt

SHORTEST_S = 0.5


class FilmMaker(Model, ABC):
    """A model that makes a film from a description."""

    longest_s: float
    """The longest film it can make."""

    @abstractmethod
    def film(self, prompt: str, seconds: float, seed: int) -> Video:
        """The film, without sound; the same for the same arguments."""


class ToldFilmMaker(Model, ABC):
    """A film maker that can also be told by vectors, in the space of its text encoder."""

    @abstractmethod
    def film_told(self, embedding: Embedding, seed: int) -> Video:
        """A film of two seconds; the same for the same vectors and seed."""


@tool(words="Make a film of “{prompt}”")
def make_video(model: FilmMaker, prompt: str, seconds: float = 2.0, seed: int = 0) -> Video:
    """Make a short film from a description: what is seen, where, and how it moves.

    >>> clip = make_video("a dog running to the left on a green background")
    """
    require_prompt(prompt, "to film", '"a dog running to the left"')
    require_between("seconds", seconds, SHORTEST_S, model.longest_s)
    return model.film(prompt, seconds, seed)
