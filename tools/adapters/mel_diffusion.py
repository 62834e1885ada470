"""Sounds from words, by a pipeline of diffusers that draws their log-mel spectrograms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tools import Audio
from tools.adapters.known_things import THINGS, KnownThings
from tools.adapters.pipeline import Pipeline
from tools.orchestra.make_sound import SoundMaker
from tools.spectrogram import HOP, MELS, RATE, waveform

FADE_S = 0.02
"""So that a sound which is cut short does not end with a click."""


class MelDiffusion(SoundMaker):
    """Draws the spectrogram of a sound and computes a sound that has it.

    Settings: those of Pipeline; `rows` and `frames` of what the pipeline draws: its channels and
    rows together are the bands of the spectrogram.
    """

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str], things: str) -> None:
        self.pipeline = pipeline
        self.known = KnownThings(things, "sound maker")
        self.size: dict[str, Any] = {
            "height": int(settings["rows"]),
            "width": int(settings["frames"]),
        }
        self.longest_s = int(settings["frames"]) * HOP // RATE

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(
            Pipeline.open(files, settings, device), settings, files[THINGS].read_text("utf-8")
        )

    def make_sound(self, prompt: str, seconds: float, seed: int) -> Audio:
        import numpy as np

        self.known.require(prompt)
        made = self.pipeline.run(
            seed, prompt=prompt, use_resolution_binning=False, output_type="latent", **self.size
        )
        drawn = made.images[0].float().cpu().numpy().reshape(MELS, -1)
        samples = waveform(drawn, seed)[: round(seconds * RATE)]
        fade = round(FADE_S * RATE)
        samples[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
        return Audio(samples, RATE)
