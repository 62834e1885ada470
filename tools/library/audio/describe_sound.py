"""Describe audio in a sentence (audio captioning)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Audio, Model, tool
from tools.sdk.argument_checks import require_sound


class SoundDescriber(Model, ABC):
    """An audio captioning model."""

    @abstractmethod
    def describe_sound(self, audio: Audio) -> str:
        """Return one sentence about the whole audio."""


@tool
def describe_sound(model: SoundDescriber, audio: Audio) -> str:
    """Describe in one sentence what is heard in a sound: what makes it, and how it sounds.

    >>> sentence = describe_sound(noisy_speech)
    """
    require_sound(audio)
    return model.describe_sound(audio)
