"""Sounds from words, by a pipeline of diffusers that draws their log-mel spectrograms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from tools import Audio, Embedding
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.library.audio.make_sound import SoundMaker, ToldSoundMaker
from tools.signal.spectrogram import HOP, MELS, RATE, waveform
from tools.sprites.adapters.sheet_drawing import SheetDrawing

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FADE_S = 0.02
"""So that a sound which is cut short does not end with a click."""


class MelDiffusion(SheetDrawing, SoundMaker, ToldSoundMaker):
    """Draws the spectrogram of a sound and computes a sound that has it.

    Settings: those of SheetDrawing; a sheet's channels and rows together are the bands of the
    spectrogram, its columns the moments.
    """

    maker = "sound maker"

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str], things: str) -> None:
        super().__init__(pipeline, settings, things)
        self.longest_s = self.size["width"] * HOP // RATE

    def make_sound(self, prompt: str, seconds: float, seed: int) -> Audio:
        self.known.require(prompt)
        return self._sounding(self.sheet_for(prompt, seed), seconds, seed)

    def sound_told(self, told: Embedding, seed: int) -> Audio:
        return self._sounding(self.sheet_for(told, seed), self.longest_s, seed)

    def _sounding(self, sheet: NDArray[np.float32], seconds: float, seed: int) -> Audio:
        import numpy as np

        samples = waveform(sheet.reshape(MELS, -1), seed)[: round(seconds * RATE)]
        fade = round(FADE_S * RATE)
        samples[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
        return Audio(samples, RATE)
