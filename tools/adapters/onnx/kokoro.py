"""Kokoro-82M text to speech (hexgrad, 2025) in ONNX, for English.

The package `hibari-tts` converts text to Kokoro's phonemes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tools import Audio, check_stop, progress
from tools.adapters.onnx.onnx_session import open_network, run_network
from tools.errors import ToolError
from tools.library.audio.speak import SpeechSynthesizer
from tools.signal.text_chunks import split_text

if TYPE_CHECKING:
    import hibari
    import numpy as np
    from numpy.typing import NDArray
    from onnxruntime import InferenceSession

RATE = 24_000
STYLE_SIZE = 256
SPEED_FACTORS = (1.0, 1.01, 0.99, 1.02, 0.98)
"""Speeds to try in turn: the half-precision network overflows at about one sentence in twelve, and
a slightly different speed avoids it."""
MAX_PHONEMES = 500
"""Phonemes in one chunk: the network accepts 512 tokens, pauses included."""


class Kokoro(SpeechSynthesizer):
    """English voice. Settings: `accent` ("american" or "british"), `speed` (1.0)."""

    def __init__(
        self,
        network: InferenceSession,
        styles: NDArray[np.float32],
        dictionary: hibari.Hibari,
        speed: float,
    ) -> None:
        self.network = network
        self.styles = styles
        self.dictionary = dictionary
        self.speed = speed

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        import hibari
        import numpy as np
        from hibari.g2p import G2P

        british = settings.get("accent", "american") == "british"
        dictionary = hibari.Hibari(g2p=G2P(british=british))
        dictionary.phonemize("ready")  # opens its files
        # One style vector for each sentence length: (lengths, 1, STYLE_SIZE).
        styles = np.fromfile(files["voice"], np.float32).reshape(-1, 1, STYLE_SIZE)
        network = open_network(files["weights"], device)
        return cls(network, styles, dictionary, float(settings.get("speed", "1.0")))

    def speak(self, text: str) -> Audio:
        import numpy as np

        sentences = [
            chunk
            for sentence in self.dictionary.phonemize(text)
            for chunk in split_text(sentence, MAX_PHONEMES)
        ]
        waveforms = [np.zeros(0, np.float32)]
        for index, sentence in enumerate(sentences):
            check_stop()
            progress(index / len(sentences), f"sentence {index + 1} of {len(sentences)}")
            token_ids = self.dictionary.ids(sentence)  # with a pause before and after
            if len(token_ids) > 2:
                waveforms.append(self._synthesise(token_ids))
        return Audio(np.concatenate(waveforms), RATE)

    def _synthesise(self, token_ids: list[int]) -> NDArray[np.float32]:
        import numpy as np

        for factor in SPEED_FACTORS:
            inputs = {
                "input_ids": np.asarray([token_ids], np.int64),
                "style": self.styles[min(len(token_ids) - 2, len(self.styles) - 1)],
                "speed": np.asarray([self.speed * factor], np.float32),
            }
            waveform = np.asarray(run_network(self.network, inputs)[0], np.float32).ravel()
            if np.isfinite(waveform).all():
                return waveform
        raise ToolError(
            "the voice failed at one of the sentences",
            hint="say it in other words, or with another voice",
        )
