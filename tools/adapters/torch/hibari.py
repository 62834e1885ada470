"""Hibari text to speech: small, fast English voices.

The package `hibari-tts` contains the voice "heart"; any other needs a weight file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import Audio, check_stop, progress
from tools.errors import CatalogueError
from tools.library.audio.speak import SpeechSynthesizer

if TYPE_CHECKING:
    import hibari

DEFAULT_VOICE = "heart"


class Hibari(SpeechSynthesizer):
    """English voice. Settings: `voice` ("heart") and `speed` (1.0)."""

    def __init__(self, engine: hibari.Hibari, speed: float) -> None:
        self.engine = engine
        self.speed = speed

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        import hibari

        voice = settings.get("voice", DEFAULT_VOICE)
        weights = files.get("weights")
        if voice != DEFAULT_VOICE and weights is None:
            raise CatalogueError(
                f"the voice {voice!r} has no weight file; only {DEFAULT_VOICE!r} does without",
                hint="name its file and sources in the card",
            )
        engine = hibari.Hibari(voice, model=str(weights) if weights else None)
        engine.phonemize("ready")  # opens the dictionaries
        return cls(engine, float(settings.get("speed", "1.0")))

    def speak(self, text: str) -> Audio:
        import numpy as np

        sentences = self.engine.split_sentences(text)
        waveforms: list[np.ndarray] = [np.zeros(0, np.float32)]
        for index, sentence in enumerate(sentences):
            check_stop()
            progress(index / len(sentences), f"sentence {index + 1} of {len(sentences)}")
            # The voice contains random noise: a fixed seed makes the output reproducible.
            waveforms.append(self.engine(sentence, speed=self.speed, seed=0))
        return Audio(np.concatenate(waveforms), self.engine.sample_rate)
