"""Take the noise out of a recording of speech."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Audio, Model, tool
from tools.arguments import require_sound


class VoiceFilter(Model, ABC):
    """A model that lets voices through and holds everything else back."""

    @abstractmethod
    def voice(self, audio: Audio) -> Audio:
        """The voices alone, as long, in as many channels and at the same rate as the sound."""


@tool
def clean_sound(model: VoiceFilter, audio: Audio) -> Audio:
    """Take noise, hum and hiss out of a recording of speech.

    >>> clean = clean_sound(noisy_speech)
    """
    require_sound(audio)
    return model.voice(audio)
