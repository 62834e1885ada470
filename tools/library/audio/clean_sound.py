"""Remove noise from a speech recording."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Audio, tool
from tools.library.audio.separate import Separator
from tools.sdk.argument_checks import require_sound


class VoiceFilter(Separator, ABC):
    """A speech enhancement model: keeps voices and suppresses everything else."""

    sources = ("voice", "background")

    @abstractmethod
    def voice(self, audio: Audio) -> Audio:
        """Return the voices only, with the input's length, channels and sample rate."""

    def extract_source(self, audio: Audio, source: str) -> Audio:
        voice = self.voice(audio)
        return voice if source == "voice" else Audio(audio.samples - voice.samples, audio.rate)


@tool(words="Take noise, hum and hiss out of {audio}")
def clean_sound(model: VoiceFilter, audio: Audio) -> Audio:
    """Take noise, hum and hiss out of a recording of speech.

    >>> clean = clean_sound(noisy_speech)
    """
    require_sound(audio)
    return model.voice(audio)
