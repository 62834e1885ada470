"""Write down what is said."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Audio, BadArgument, Model, tool


class Transcriber(Model, ABC):
    """A model that understands speech."""

    @abstractmethod
    def transcribe(self, audio: Audio) -> str:
        """The words; empty if nobody speaks."""


@tool
def transcribe(model: Transcriber, audio: Audio) -> str:
    """Write down the words spoken in a sound.

    >>> words = transcribe(speech)
    """
    if not audio.seconds:
        raise BadArgument(
            "the sound has a length of 0 seconds, so nobody speaks in it",
            hint="use a sound that holds some speech",
        )
    return model.transcribe(audio)
