"""Generate a sound from a text prompt."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Audio, Embedding, Model, tool
from tools.sdk.argument_checks import require_between, require_prompt

SHORTEST_S = 0.5


class SoundMaker(Model, ABC):
    """A text-to-audio model."""

    longest_s: float
    """The longest audio it can generate."""

    @abstractmethod
    def make_sound(self, prompt: str, seconds: float, seed: int) -> Audio:
        """Generate audio; the same arguments give the same audio."""


class ConditionedSoundMaker(Model, ABC):
    """A text-to-audio model that also accepts embeddings in the space of its text encoder."""

    @abstractmethod
    def sound_from_embedding(self, embedding: Embedding, seed: int) -> Audio:
        """Generate audio of maximum length; the same arguments give the same audio."""


@tool(words="Make the sound of “{prompt}”")
def make_sound(model: SoundMaker, prompt: str, seconds: float = 2.0, seed: int = 0) -> Audio:
    """Make a short sound from words: rain, bells, a piano playing a scale; music is for make_music.

    >>> rain = make_sound("soft rain")
    """
    require_prompt(prompt, "to be heard", 'make_sound("soft rain")')
    require_between("seconds", seconds, SHORTEST_S, model.longest_s)
    return model.make_sound(prompt, seconds, seed)
