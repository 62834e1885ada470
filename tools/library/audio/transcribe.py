"""Transcribe speech (speech recognition)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Audio, Model, tool
from tools.sdk.argument_checks import require_sound


class Transcriber(Model, ABC):
    """A speech recognition model."""

    @abstractmethod
    def transcribe(self, audio: Audio) -> str:
        """Return the transcript; empty without speech."""


@tool
def transcribe(model: Transcriber, audio: Audio) -> str:
    """Write down the words spoken in a sound.

    >>> words = transcribe(speech)
    """
    require_sound(audio)
    return model.transcribe(audio)
