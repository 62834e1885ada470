"""Generate a video from a text prompt."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Embedding, Model, Video, tool
from tools.sdk.argument_checks import require_between, require_prompt

SHORTEST_S = 0.5


class VideoMaker(Model, ABC):
    """A text-to-video model."""

    longest_s: float
    """The longest video it can generate."""

    @abstractmethod
    def generate_video(self, prompt: str, seconds: float, seed: int) -> Video:
        """Generate a video without sound; the same arguments give the same video."""


class ConditionedVideoMaker(Model, ABC):
    """A text-to-video model that also accepts embeddings in the space of its text encoder."""

    @abstractmethod
    def video_from_embedding(self, embedding: Embedding, seed: int) -> Video:
        """Generate a video of two seconds; the same arguments give the same video."""


@tool(words="Make a film of “{prompt}”")
def make_video(model: VideoMaker, prompt: str, seconds: float = 2.0, seed: int = 0) -> Video:
    """Make a short film from a description: what is seen, where, and how it moves.

    >>> clip = make_video("a dog running to the left on a green background")
    """
    require_prompt(prompt, "to film", '"a dog running to the left"')
    require_between("seconds", seconds, SHORTEST_S, model.longest_s)
    return model.generate_video(prompt, seconds, seed)
