"""Transcribe speech (speech recognition)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from tools import Audio, Model, ToolError, tool
from tools.sdk.argument_checks import require_sound
from tools.signal.video.timed_lines import SpokenLine


class Transcriber(Model, ABC):
    """A speech recognition model."""

    @abstractmethod
    def transcribe(self, audio: Audio) -> str:
        """Return the transcript; empty without speech."""

    def lines(self, audio: Audio) -> Sequence[SpokenLine]:
        """Return what is said line by line, each with its times; none if nobody speaks."""
        raise ToolError(
            f"{type(self).__name__} does not say when words are spoken",
            hint="choose another model for it: see batuta models",
        )


@tool
def transcribe(model: Transcriber, audio: Audio) -> str:
    """Write down the words spoken in a sound.

    >>> words = transcribe(speech)
    """
    require_sound(audio)
    return model.transcribe(audio)
