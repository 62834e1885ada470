"""Sounds and music from words, by the pipelines of diffusers that make them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tools import Audio
from tools.adapters.diffusers.diffusion_pipeline import Pipeline
from tools.library.audio.make_music import Musician
from tools.library.audio.make_sound import SoundMaker

LENGTHS = ("audio_end_in_s", "audio_length_in_s", "audio_duration")
"""What pipelines call the seconds they are to fill."""


class DiffusersSoundMaker(SoundMaker, Musician):
    """Makes sounds and music.

    Settings: those of Pipeline; `rate`, samples a second; `longest` and `shortest`, in seconds
    (10 and 0): a shorter sound is the beginning of one that long; `unwanted`, what it is told not
    to let be heard.
    """

    def __init__(self, pipeline: Pipeline, settings: Mapping[str, str]) -> None:
        self.pipeline = pipeline
        self.settings = settings
        self.rate = int(settings["rate"])
        self.longest_s = float(settings.get("longest", "10"))
        self.shortest_s = float(settings.get("shortest", "0"))

    @classmethod
    def load(cls, files: Mapping[str, Path], settings: Mapping[str, str], device: str) -> Self:
        return cls(Pipeline.open(files, settings, device), settings)

    def make_sound(self, prompt: str, seconds: float, seed: int) -> Audio:
        return self._made(prompt, seconds, seed)

    def play_words(self, prompt: str, seconds: float, seed: int) -> Audio:
        return self._made(prompt, seconds, seed)

    def _made(self, prompt: str, seconds: float, seed: int) -> Audio:
        asked = max(seconds, self.shortest_s)
        made = self.pipeline.run(
            seed,
            prompt=prompt,
            negative_prompt=self.settings.get("unwanted", ""),
            output_type="np",
            **dict.fromkeys(LENGTHS, asked),
        )
        return Audio(samples_of(made.audios[0])[:, : round(seconds * self.rate)], self.rate)


def samples_of(made: Any) -> Any:
    """One row a channel, of what a pipeline gives as an array or a tensor."""
    import numpy as np

    if hasattr(made, "float"):
        made = made.float().cpu().numpy()
    return np.atleast_2d(np.asarray(made, np.float32))
