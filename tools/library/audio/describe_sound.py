"""Say in a sentence what is heard."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Audio, Model, tool
from tools.sdk.argument_checks import require_sound


class SoundDescriber(Model, ABC):
    """A model that puts a sound into words."""

    @abstractmethod
    def describe_sound(self, audio: Audio) -> str:
        """One sentence about the whole sound."""


@tool
def describe_sound(model: SoundDescriber, audio: Audio) -> str:
    """Describe in one sentence what is heard in a sound: what makes it, and how it sounds.

    >>> sentence = describe_sound(noisy_speech)
    """
    require_sound(audio)
    return model.describe_sound(audio)
