"""Sounds from words, by a pipeline of diffusers that draws their log-mel spectrograms."""

from __future__ import annotations

from collections.abc import Mapping

from tools import Audio
from tools.adapters.pipeline import Pipeline
from tools.adapters.sheet_drawing import SheetDrawing
from tools.orchestra.make_sound import SoundMaker
from tools.spectrogram import HOP, MELS, RATE, waveform

FADE_S = 0.02
"""So that a sound which is cut short does not end with a click."""


class MelDiffusion(SheetDrawing, SoundMaker):
    """Draws the spectrogram of a sound and computes a sound that has it.

    Settings: those of SheetDrawing; a sheet's channels and rows together are the bands of the
    spectrogram, its columns the moments.
    """

    maker = "sound maker"

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str], things: str) -> None:
        super().__init__(pipeline, settings, things)
        self.longest_s = self.size["width"] * HOP // RATE

    def make_sound(self, prompt: str, seconds: float, seed: int) -> Audio:
        import numpy as np

        self.known.require(prompt)
        drawn = self.sheet_for(prompt, seed).reshape(MELS, -1)
        samples = waveform(drawn, seed)[: round(seconds * RATE)]
        fade = round(FADE_S * RATE)
        samples[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
        return Audio(samples, RATE)
