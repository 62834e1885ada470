"""Speak a text (text-to-speech)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tools import Audio, BadArgument, Model, tool

LONGEST_TEXT = 5_000
"""In characters: about six minutes of speech."""


class SpeechSynthesizer(Model, ABC):
    """A text-to-speech model."""

    @abstractmethod
    def speak(self, text: str) -> Audio:
        """Speak the text; return empty audio if nothing in it can be pronounced."""


@tool(words="Say “{text}” aloud")
def speak(model: SpeechSynthesizer, text: str) -> Audio:
    """Say a text aloud, in English.

    >>> greeting = speak("Welcome to the concert.")
    """
    if not any(character.isalnum() for character in text):
        raise BadArgument(
            f"there is nothing to speak in {text[:60]!r}", hint='give words, as in speak("Hello")'
        )
    if len(text) > LONGEST_TEXT:
        raise BadArgument(
            f"the text to speak has {len(text):,} characters; {LONGEST_TEXT:,} are allowed",
            hint="speak it in several parts",
        )
    audio = model.speak(text)
    if not audio.seconds:
        raise BadArgument(
            f"nothing in {text[:60]!r} can be pronounced",
            hint="write it in words and in the language of the voice",
        )
    return audio
