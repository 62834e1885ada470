"""Generate audio from text with a diffusers pipeline for log-mel spectrograms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tools import Audio, Embedding
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.library.audio.make_sound import ConditionedSoundMaker, SoundMaker
from tools.signal.spectrogram import HOP, MELS, RATE, waveform
from tools.sprites.adapters.sheet_drawing import SheetDrawing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FADE_S = 0.02
"""Fade-out that avoids a click at the end."""


class MelDiffusion(SheetDrawing, SoundMaker, ConditionedSoundMaker):
    """Text-to-audio model that generates a log-mel spectrogram and inverts it.

    Settings: those of SheetDrawing. The sheet's channels and rows together are the mel bands, its
    columns the frames.
    """

    generator_name = "sound maker"

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str], objects: str) -> None:
        super().__init__(pipeline, settings, objects)
        self.longest_s = self.size["width"] * HOP // RATE

    def make_sound(self, prompt: str, seconds: float, seed: int) -> Audio:
        self.known_objects.require(prompt)
        return self._synthesise(self.generate_sheet(prompt, seed), seconds, seed)

    def sound_from_embedding(self, embedding: Embedding, seed: int) -> Audio:
        return self._synthesise(self.generate_sheet(embedding, seed), self.longest_s, seed)

    def _synthesise(self, sheet: NDArray[np.float32], seconds: float, seed: int) -> Audio:
        import numpy as np

        samples = waveform(sheet.reshape(MELS, -1), seed)[: round(seconds * RATE)]
        fade = round(FADE_S * RATE)
        samples[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
        return Audio(samples, RATE)
